using Bursts;
using PluginGateway;

#if LOSSY
[assembly: ChannelAdapter("lossy", typeof(BurstAdapter), Inbound = InboundClass.NonReplayable)]
#else
[assembly: ChannelAdapter("polled", typeof(BurstAdapter), Inbound = InboundClass.CursorPolled)]
#endif

namespace Bursts;

/// <summary>An adapter whose calls overlap. Its platform is a folder.</summary>
/// <remarks>In its data folder: each line of the file <c>burst</c> is an event, its id and its length; all of them are offered before the first one
/// is answered, each with its id as the cursor; where the first line is <c>batch</c>, as one batch with its last id. <c>journal</c> gets a line for each outcome, each
/// send, and the cursor at each connection.</remarks>
public sealed class BurstAdapter(AdapterContext host) : IChannelAdapter
{
    private const string Cursor = "cursor";

    private static readonly Dictionary<string, string> NoState = [];

    private readonly object _journal = new();

    public async Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        Note($"connected at {await host.State.GetAsync(Cursor, cancellationToken)}");
        return ConnectionInfo.Empty;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var burst = Path.Combine(host.DataDirectory, "burst"); ; await Task.Delay(20, cancellationToken))
        {
            if (!File.Exists(burst)) continue;
            var lines = await File.ReadAllLinesAsync(burst, cancellationToken);
            File.Delete(burst);
            _ = lines[0] == "batch" ? OfferBatchAsync([.. lines[1..].Select(Event)]) : OfferAsync([.. lines.Select(Event)]);
        }
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        Note($"sent {message.Text.TrimEnd('x')}");
        return Task.FromResult(SendResult.Sent(message.Key));
    }

    private static InboundMessage Event(string line)
    {
        var parts = line.Split(' ');
        var text = parts[0].PadRight(int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), 'x');
        return new InboundMessage(parts[0], new Chat("room", ChatKind.Direct), new Sender("tester"), text)
        {
            State = new Dictionary<string, string> { [Cursor] = parts[0] },
        };
    }

    private async Task OfferAsync(InboundMessage[] events)
    {
        var calls = events.Select(e => (e.EventId, Call: host.Inbox.AcceptAsync(e, CancellationToken.None))).ToArray();
        foreach (var (id, call) in calls) Note($"{id} {Text(await call)}");
    }

    private async Task OfferBatchAsync(InboundMessage[] events)
    {
        var state = new Dictionary<string, string> { [Cursor] = events[^1].EventId! };
        InboundEvent[] batch = [.. events.Select(static e => e with { State = NoState })];
        var acceptances = await host.Inbox.AcceptAsync(batch, state, CancellationToken.None);
        foreach (var (e, acceptance) in events.Zip(acceptances)) Note($"{e.EventId} {Text(acceptance)}");
    }

    private static string Text(Acceptance acceptance) => $"{acceptance.Kind} {acceptance.Reason}".TrimEnd();

    private void Note(string line)
    {
        lock (_journal) File.AppendAllText(Path.Combine(host.DataDirectory, "journal"), $"{line}\n");
    }
}
