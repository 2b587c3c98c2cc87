using PluginGateway.Plugins.Feishu.Protocol;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Long connection to the platform: reads, answers, pings.</summary>
internal sealed class LongConnection : IDisposable
{
    private const string TypeHeader = "type";
    private const int Good = 200;
    private const int Bad = 500;

    private readonly AdapterContext _context;
    private readonly FrameSocket _socket;
    private readonly Intake _intake;
    private readonly Fragments _fragments;
    private long _dropped;

    private LongConnection(AdapterContext context, FrameSocket socket, Endpoint endpoint, FeishuSettings settings, Intake intake)
    {
        (_context, _socket, _intake) = (context, socket, intake);
        _fragments = new Fragments(context.Clock);
        Heartbeat = new Heartbeat(socket, endpoint, settings, context.Clock);
    }

    public Heartbeat Heartbeat { get; }

    /// <summary>Completes when the connection has ended, with the reason.</summary>
    public Task<PluginFault> Ended => _socket.Ended;

    /// <summary>Frames that made no sense.</summary>
    public long Dropped => _socket.Unreadable + Volatile.Read(ref _dropped);

    /// <exception cref="PluginException">The platform refused, or cannot be reached.</exception>
    public static async Task<LongConnection> OpenAsync(
        AdapterContext context, OpenApi api, FeishuSettings settings, Intake intake, CancellationToken cancellationToken)
    {
        var endpoint = await Endpoint.AskAsync(api, settings, cancellationToken);
        var socket = await FrameSocket.OpenAsync(endpoint.Address, api.Redaction, context.Clock, cancellationToken);
        return new LongConnection(context, socket, endpoint, settings, intake);
    }

    /// <summary>Reads until the connection ends.</summary>
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (await _socket.ReadAsync(cancellationToken) is { } frame)
        {
            Heartbeat.OnFrame();
            if (frame.Method == Frames.Data) _ = AnswerAsync(frame, cancellationToken);
            else if (frame.Method == Frames.Control && frame.Value(TypeHeader) == "pong")
                Heartbeat.Pong(Json.Parse(frame.Payload.Memory) is { } rules ? ClientRules.Read(rules) : null);
        }
    }

    public Task CloseAsync(CancellationToken cancellationToken) => _socket.CloseAsync(cancellationToken);

    public void End(PluginFault fault) => _socket.End(fault);

    public void Dispose() => _socket.Dispose();

    public Task QuietAsync() => _socket.QuietAsync();

    /// <summary>Takes an event and answers when it is durable. Runs up to the hand-over before it returns, so events keep their order.</summary>
    private async Task AnswerAsync(Frame frame, CancellationToken cancellationToken)
    {
        var since = _context.Clock.GetTimestamp();
        try
        {
            if (!_fragments.TryComplete(frame, out var payload, out var problem))
            {
                if (problem is not null) Drop(problem);
                return;
            }

            var (verdict, reply) = Json.Parse(payload) is { } json
                ? await _intake.TakeAsync(json, cancellationToken)
                : (_intake.Skip($"message_id '{frame.Value("message_id")}' is no JSON object"), null);
            if (verdict == Verdict.Retired) _socket.End(Faults.ConnectionLost("the gateway has replaced it."));
            else _socket.Post(Frames.Answer(frame, verdict == Verdict.Taken ? Good : Bad, _context.Clock.GetElapsedTime(since), reply));
        }
        catch (OperationCanceledException)
        {
            // The connection is being closed: without an answer the platform sends the event again.
        }
        catch (Exception failed)
        {
            _socket.End(new PluginFault("internal", $"{failed.GetType().Name} in the Feishu adapter: {failed.Message}"));
        }
    }

    private void Drop(string problem)
    {
        if (Interlocked.Increment(ref _dropped) is 1 or 10 or 100 or 1000)
            _context.Log.Warning($"A frame makes no sense and is passed over: {problem}. {Dropped} so far on this connection.");
    }
}
