using System.Runtime.CompilerServices;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Serialization;

namespace PluginGateway.Isolation.Remote;

/// <summary>Access to a worker for the services that answer its requests.</summary>
/// <param name="Channel">Channel to the worker.</param>
/// <param name="Fetched">Takes files out of its own folder.</param>
/// <param name="Outgoing">Folder for the files that it may read; null: none.</param>
internal sealed record WorkerAccess(WorkerChannel Channel, FetchedFiles Fetched, OutgoingFiles? Outgoing);

/// <summary>Serves a worker with the services of its plugin's context. Runs on the thread that reads the channel; only the rate limit for a worker's
/// notices may delay it.</summary>
internal abstract class HostServices(
    WorkerChannel workerChannel, string id, IPluginLog pluginLog, TimeProvider clock, ILaneObserver observer, ILogger log)
{
    private readonly NotificationRateLimit _limit = new(clock);
    private int _open;

    protected ILaneObserver Observer => observer;

    public void Serve(FrameHead head, ref FrameReader body)
    {
        if (Interlocked.Increment(ref _open) > HostedWorker.MostOpenRequests)
            throw new ProtocolException($"More than {HostedWorker.MostOpenRequests} requests are open.");
        if (!TryServe(head, ref body)) throw new ProtocolException($"{head.Operation} is nothing that a worker may ask.");
    }

    public void HandleNotification(FrameHead head, ref FrameReader body)
    {
        if (_limit.DelayAfter(head.Operation, body.Length) is { Ticks: > 0 } wait) Thread.Sleep(wait);
        switch (head.Operation)
        {
            case RemoteOperation.Log:
                pluginLog.Write(EnumNames.Parse<PluginLogLevel>(body.Text()) ?? PluginLogLevel.Error, body.Text());
                break;
            case RemoteOperation.Wedged:
                observer.OnWedged(CallFailure.Bounded(body.Text()));
                break;
            case RemoteOperation.Unhandled:
                var fault = CallFailure.Bounded(body.Text());
                log.UnhandledInWorker(id, fault);
                observer.OnUnhandled(fault, Results.ReadDetail(ref body));
                break;
            default:
                if (!TryHandle(head, ref body)) throw new ProtocolException($"{head.Operation} is nothing that a worker may say.");
                break;
        }

        body.End();
    }

    /// <summary>Called when the worker has ended, unless the gateway ended it.</summary>
    public virtual void OnEnded(string reason)
    {
    }

    /// <summary>Answers a request of this kind of plugin. False: there is none.</summary>
    protected abstract bool TryServe(FrameHead head, ref FrameReader body);

    /// <summary>Takes a notice of this kind of plugin. False: there is none.</summary>
    protected virtual bool TryHandle(FrameHead head, ref FrameReader body) => false;

    /// <summary>Answers a request about the state of a plugin. False: it is none.</summary>
    protected bool TryServeState(FrameHead head, ref FrameReader body, IAdapterState state)
    {
        switch (head.Operation)
        {
            case RemoteOperation.GetState:
                var key = body.Text();
                body.End();
                Answer(head, () => state.GetAsync(key, CancellationToken.None), static (to, value) => to.Text(value));
                return true;
            case RemoteOperation.SetState:
                var (name, value) = (body.Text(), body.MaybeText());
                body.End();
                Answer(head, () => state.SetAsync(name, value, CancellationToken.None), static (to, done) => to.Flag(done));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Answers a request with the result of a task, or with its failure.</summary>
    protected void Answer<T>(FrameHead head, Func<Task<T>> ask, Action<FrameWriter, T> write) =>
        Continue(head, ask, value => Reply(head, value, write));

    /// <summary>Answers a request when a task without a result has ended.</summary>
    protected void Answer(FrameHead head, Func<Task> ask) => Begin(head, ask, task => Tell(head, task));

    /// <summary>Goes on with the result of a task; if there is none, the request fails.</summary>
    protected void Continue<T>(FrameHead head, Func<Task<T>> ask, Action<T> then) => Begin(head, ask, task => Tell(head, (Task<T>)task, then));

    protected void Reply<T>(FrameHead head, T value, Action<FrameWriter, T> write)
    {
        Interlocked.Decrement(ref _open);
        workerChannel.Answer(head, value, write);
    }

    protected void Fail(FrameHead head, CallFailure failure)
    {
        Interlocked.Decrement(ref _open);
        workerChannel.Fail(head, failure);
    }

    private void Begin(FrameHead head, Func<Task> ask, Action<Task> tell)
    {
        ConfiguredTaskAwaitable.ConfiguredTaskAwaiter awaiter;
        Task task;
        try
        {
            task = ask();
            awaiter = task.ConfigureAwait(false).GetAwaiter();
        }
        catch (Exception refused)
        {
            // A mistake that the worker's own side has not caught: a key that is too long, too many writes at once.
            Fail(head, CallFailure.Of(refused));
            return;
        }

        if (awaiter.IsCompleted) tell(task);
        else awaiter.UnsafeOnCompleted(() => tell(task));
    }

    private void Tell(FrameHead head, Task task)
    {
        if (task.IsCompletedSuccessfully) Reply(head, true, static (_, _) => { });
        else Fail(head, CallFailure.Of(task));
    }

    private void Tell<T>(FrameHead head, Task<T> task, Action<T> then)
    {
        if (task.IsCompletedSuccessfully) then(task.Result);
        else Fail(head, CallFailure.Of(task));
    }
}
