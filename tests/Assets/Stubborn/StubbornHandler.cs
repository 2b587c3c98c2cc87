using PluginGateway;
using Stubborn;

[assembly: MessageHandler("stubborn", typeof(StubbornHandler))]
[assembly: HandlerCommand("weather", "Tells the weather")]
[assembly: HandlerCommand("weather", "Sagt das Wetter", Language = "de")]

namespace Stubborn;

/// <summary>Answers with the text of a message. A text that begins with <c>ignore</c> runs for the seconds of its settings and ignores its token,
/// <c>block</c> blocks its thread before the first await, and <c>listen</c> waits for its token and logs the reason; each tries to reply in the
/// end.</summary>
public sealed class StubbornHandler : IMessageHandler
{
    private readonly IPluginLog _log;
    private readonly TimeSpan _time;

    public StubbornHandler(HandlerContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _log = context.Log;
        _time = TimeSpan.FromSeconds(context.Settings.Read(static settings => settings.WholeNumber("seconds", 0, 3600, 600)));
    }

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        if (turn.Text.StartsWith("block", StringComparison.Ordinal)) Thread.Sleep(_time);
        return AnswerAsync(turn, cancellationToken);
    }

    private async Task AnswerAsync(Turn turn, CancellationToken cancellationToken)
    {
        var text = turn.Text;
        if (text.StartsWith("reply first", StringComparison.Ordinal)) await turn.ReplyAsync("first", CancellationToken.None);
        if (text.Contains("ignore", StringComparison.Ordinal)) await Task.Delay(_time, CancellationToken.None);
        if (text.Contains("listen", StringComparison.Ordinal))
        {
            await Task.Delay(_time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _log.Write(PluginLogLevel.Information, $"cancelled: {turn.CancelReason}", null);
        }

        try
        {
            await turn.ReplyAsync($"{turn.Attempt}: {text}", CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            _log.Write(PluginLogLevel.Information, "over", null);
        }
    }
}
