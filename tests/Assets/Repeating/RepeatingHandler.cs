using System.Globalization;
using PluginGateway;
using Repeating;

[assembly: MessageHandler("repeating", typeof(RepeatingHandler))]

namespace Repeating;

/// <summary>Answers <c>3 text</c> with <c>1:text 2:text 3:text</c>: one long reply to a short message.</summary>
public sealed class RepeatingHandler : IMessageHandler
{
    public RepeatingHandler(HandlerContext context) => ArgumentNullException.ThrowIfNull(context);

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        var words = turn.Messages[^1].Text.Split(' ', 2);
        var times = int.Parse(words[0], NumberStyles.None, CultureInfo.InvariantCulture);
        return turn.ReplyAsync(
            string.Join(' ', Enumerable.Range(1, times).Select(i => $"{i.ToString(CultureInfo.InvariantCulture)}:{words[1]}")), cancellationToken);
    }
}
