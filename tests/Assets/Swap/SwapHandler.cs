using PluginGateway;
using Swap;

[assembly: MessageHandler("swap", typeof(SwapHandler))]

namespace Swap;

/// <summary>Answers with the version of its build and the text, after the pause that its settings name: turns run while it is replaced.</summary>
public sealed class SwapHandler : IMessageHandler
{
    private static readonly string Version = typeof(SwapHandler).Assembly.GetName().Version!.ToString(1);

    private readonly int _pause;

    public SwapHandler(HandlerContext host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _pause = host.Settings.Read(static settings => settings.WholeNumber("pause", 0, int.MaxValue, 0));
#if NEWER
        LaterExtensions.Later(null!);
#endif
    }

    public async Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        // A plugin that does not listen: the host has to give up the turn.
        if (_pause > 0) await Task.Delay(_pause, CancellationToken.None);
        await turn.ReplyAsync($"v{Version} {turn.Messages[^1].Text}", cancellationToken);
    }
}
