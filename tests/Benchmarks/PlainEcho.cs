namespace PluginGateway.Benchmarks;

/// <summary>A handler that answers with the text and costs nothing by itself: the Echo plugin shows every feature, and pays for looking at them.</summary>
internal sealed class PlainEcho : IMessageHandler
{
    public Task HandleAsync(Turn turn, CancellationToken cancellationToken) => turn.ReplyAsync(turn.Text, cancellationToken);
}
