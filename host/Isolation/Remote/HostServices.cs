using System.Runtime.CompilerServices;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Remote;

/// <summary>Serves a worker with the services of its adapter's context. Runs on the thread that reads the channel; only the rate limit for a worker's
/// notices may delay it.</summary>
internal sealed class HostServices(WorkerChannel workerChannel, AdapterContext context, ILaneObserver observer, ILogger log)
{
    private readonly NotificationRateLimit _limit = new(context.Clock);
    private int _open;

    public void Serve(FrameHead head, ref FrameReader body)
    {
        if (Interlocked.Increment(ref _open) > HostedWorker.MostOpenRequests)
            throw new ProtocolException($"More than {HostedWorker.MostOpenRequests} requests are open.");
        switch (head.Operation)
        {
            case RemoteOperation.Accept:
                var received = Events.Read(ref body);
                body.End();
                Answer(head, () => context.Inbox.AcceptAsync(received, CancellationToken.None), static (to, acceptance) => to.Write(acceptance));
                break;
            case RemoteOperation.GetState:
                var key = body.Text();
                body.End();
                Answer(head, () => context.State.GetAsync(key, CancellationToken.None), static (to, value) => to.Text(value));
                break;
            case RemoteOperation.SetState:
                var (name, value) = (body.Text(), body.MaybeText());
                body.End();
                Answer(head, () => context.State.SetAsync(name, value, CancellationToken.None), static (to, done) => to.Flag(done));
                break;
            case RemoteOperation.TopicPosition:
                var topic = body.Text();
                body.End();
                Answer(head, () => Task.FromResult(context.Events.Position(topic)), static (to, position) => to.Long(position));
                break;
            default:
                throw new ProtocolException($"{head.Operation} is nothing that a worker may ask.");
        }
    }

    public void HandleNotification(FrameHead head, ref FrameReader body)
    {
        if (_limit.DelayAfter(head.Operation, body.Length) is { Ticks: > 0 } wait) Thread.Sleep(wait);
        switch (head.Operation)
        {
            case RemoteOperation.Log:
                context.Log.Write((PluginLogLevel)body.Byte(), body.Text());
                break;
            case RemoteOperation.ReportFatal:
                context.ReportFatal(Results.ReadFault(ref body));
                break;
            case RemoteOperation.ReportHealth:
                context.ReportHealth(new AdapterHealth(body.Flag(), CallFailure.Bounded(body.Text())));
                break;
            case RemoteOperation.Publish:
                context.Events.Publish(body.Text(), HttpMessages.ReadEvent(ref body));
                break;
            case RemoteOperation.Wedged:
                observer.OnWedged(CallFailure.Bounded(body.Text()));
                break;
            case RemoteOperation.Unhandled:
                var fault = CallFailure.Bounded(body.Text());
                log.UnhandledInWorker(context.AdapterId, fault);
                observer.OnUnhandled(fault, Results.ReadDetail(ref body));
                break;
            default:
                throw new ProtocolException($"{head.Operation} is nothing that a worker may say.");
        }

        body.End();
    }

    private void Answer<T>(FrameHead head, Func<Task<T>> ask, Action<FrameWriter, T> write)
    {
        ConfiguredTaskAwaitable<T>.ConfiguredTaskAwaiter awaiter;
        Task<T> task;
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

        if (awaiter.IsCompleted) Tell(head, task, write);
        else awaiter.UnsafeOnCompleted(() => Tell(head, task, write));
    }

    private void Tell<T>(FrameHead head, Task<T> task, Action<FrameWriter, T> write)
    {
        if (!task.IsCompletedSuccessfully)
        {
            Fail(head, CallFailure.Of(task));
            return;
        }

        Interlocked.Decrement(ref _open);
        workerChannel.Answer(head, task.Result, write);
    }

    private void Fail(FrameHead head, CallFailure failure)
    {
        Interlocked.Decrement(ref _open);
        workerChannel.Fail(head, failure);
    }
}
