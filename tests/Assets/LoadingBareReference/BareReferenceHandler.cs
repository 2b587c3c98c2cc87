using LoadingBareReference;
using PluginGateway;

[assembly: MessageHandler("bare-reference", typeof(BareReferenceHandler))]

namespace LoadingBareReference;

/// <summary>Answers with the text and the version of the contract for which this plugin was compiled.</summary>
public sealed class BareReferenceHandler(HandlerContext context) : IMessageHandler
{
    private readonly HandlerContext _context = context;

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        var declared = (MessageHandlerAttribute)Attribute.GetCustomAttribute(typeof(BareReferenceHandler).Assembly, typeof(MessageHandlerAttribute))!;
        return turn.ReplyAsync($"{turn.Text}, contract {declared.Contract}, generation {_context.Generation}", cancellationToken);
    }
}
