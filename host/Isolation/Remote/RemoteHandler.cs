using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Remote;

/// <summary>Proxy of a handler in a worker: each turn is a request there and completes with the answer, or with the worker's end. The guard treats it
/// like any plugin; no member blocks.</summary>
/// <param name="workerChannel">Channel to the worker.</param>
/// <param name="turns">Turns that run there.</param>
internal sealed class RemoteHandler(WorkerChannel workerChannel, OpenTurns turns)
    : IRemoteProxy, IMessageHandler, IEventHandler, IValidateSettings, IStartHandler, IServeHttp
{
    public Task PingAsync(CancellationToken cancellationToken) =>
        workerChannel.Ask(RemoteOperation.Ping, 0, static (_, _) => { }, RemoteAdapter.ReadSandbox, mayHaveHappened: false, cancellationToken).Task;

    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) => workerChannel.Ask(
        RemoteOperation.ValidateSettings, 0, static (_, _) => { }, Results.ReadSettingsReport, mayHaveHappened: false, cancellationToken).Task;

    public Task StartAsync(CancellationToken cancellationToken) =>
        workerChannel.Ask(RemoteOperation.Start, 0, static (_, _) => { }, RemoteAdapter.Nothing, mayHaveHappened: false, cancellationToken).Task;

    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) => workerChannel.Ask(
        RemoteOperation.Http, call, static (to, what) => to.Write(what), HttpMessages.ReadReply, mayHaveHappened: false, cancellationToken).Task;

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken) => Handle((EventTurn)turn, cancellationToken);

    public Task HandleEventAsync(EventTurn turn, CancellationToken cancellationToken) => Handle(turn, cancellationToken);

    public Task DisposeAsync() =>
        workerChannel.Ask(RemoteOperation.Dispose, 0, static (_, _) => { }, RemoteAdapter.Nothing, mayHaveHappened: false, CancellationToken.None).Task;

    /// <summary>Takes the changes of the state, before the turn ends.</summary>
    private static bool Take(IHostTurn turn, ref FrameReader answer)
    {
        var changes = TurnMemories.ReadChanges(ref answer);
        try
        {
            turn.TakeState(changes);
            return true;
        }
        catch (InvalidOperationException refused)
        {
            // The worker's own side has the same limits.
            throw new ProtocolException(refused.Message);
        }
    }

    private Task<bool> Handle(EventTurn turn, CancellationToken cancellationToken)
    {
        var number = turns.Add(turn);
        var host = (IHostTurn)turn;
        IReadOnlyList<InboundEvent> events = turn.Messages.Count > 1 ? turn.Messages : [turn.Event];
        var order = new TurnOrder(number, turn.Id, turn.ReplyToken, turn.AdapterId, turn.Conversation, turn.Attempt, turn.Capabilities, events)
        {
            Session = turn.Session,
            Memory = host.Memory,
            Earlier = turn.Earlier,
            Notes = turn.Notes,
        };
        try
        {
            var answered = workerChannel
                .Ask(RemoteOperation.Turn, order, Turns.Write, (ref FrameReader answer) => Take(host, ref answer), mayHaveHappened: true,
                    to => to.Name(turn.CancelReason), cancellationToken).Task;
            // On a thread that may wait for the disk.
            answered.ContinueWith((_, _) => turns.Remove(number), null, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return answered;
        }
        catch (FrameTooLongException)
        {
            turns.Remove(number);
            throw;
        }
    }
}
