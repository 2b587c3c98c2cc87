using PluginGateway;

namespace Misbehaving;

public static partial class Sins
{
    /// <summary>Row 22: awaits what the host has given it (accept, state, reply, fetch) where its own code decides how the awaiting goes on, and
    /// where that code never returns. In a send the delivery waits for it.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Awaiting() =>
    [
        ("awaits-under-blocking-context", static (scene, token) =>
        {
            var before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(new BlockingContext());
            var waiting = HostTasks(scene, token).Select(On).ToArray();
            SynchronizationContext.SetSynchronizationContext(before);
            return scene.Is("send") ? Task.WhenAll(waiting) : Task.CompletedTask;
        }),
        ("awaits-on-blocking-scheduler", static (scene, token) =>
        {
            var waiting = HostTasks(scene, token).Select(static task =>
                Task.Factory.StartNew(() => On(task), CancellationToken.None, TaskCreationOptions.None, new BlockingScheduler()).Unwrap()).ToArray();
            return scene.Is("send") ? Task.WhenAll(waiting) : Task.CompletedTask;
        }),
        ("blocks-completions", static (scene, token) =>
        {
            var before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(new BlockingContext());
            for (var i = 0; i < 40; i++) _ = On(scene.Host!.State.SetAsync("context", $"{i}", token));
            SynchronizationContext.SetSynchronizationContext(before);
            return Task.CompletedTask;
        }),
        ("awaits-under-throwing-context", static (scene, token) =>
        {
            var before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(new ThrowingContext());
            foreach (var task in HostTasks(scene, token)) _ = On(task);
            SynchronizationContext.SetSynchronizationContext(before);
            return Task.CompletedTask;
        }),
    ];

    private static async Task On(Task task) => await task;

    /// <summary>Asked for one after the other, so that each is awaited before it can have ended.</summary>
    private static IEnumerable<Task> HostTasks(Scene scene, CancellationToken token)
    {
        if (scene.Turn is { } turn)
        {
            yield return turn.ReplyAsync("under the context", token);
            if (turn.Messages[^1].Attachments.Count > 0) yield return turn.FetchAsync(turn.Messages[^1].Attachments[0], token);
            yield break;
        }

        yield return scene.Host!.State.SetAsync("context", "of mine", token);
        if (scene.Is("send")) yield break;
        yield return scene.Host.Inbox.AcceptAsync(Message("under-the-context", "context"), token);
        yield return scene.Host.State.GetAsync("context", token);
    }

    /// <summary>Runs the first task given to it, and blocks whoever brings another.</summary>
    private sealed class BlockingScheduler : TaskScheduler
    {
        private bool _hasBegun;

        protected override void QueueTask(Task task)
        {
            if (_hasBegun) Forever();
            _hasBegun = true;
            TryExecuteTask(task);
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => Wait() == 0;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }

    private sealed class ThrowingContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new IOException("the loop of this context has ended");

        public override void Send(SendOrPostCallback d, object? state) => throw new IOException("the loop of this context has ended");
    }
}
