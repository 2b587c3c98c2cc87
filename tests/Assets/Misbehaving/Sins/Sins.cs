namespace Misbehaving;

/// <summary>Every sin by its name. A deed does its harm and gives the task that the member waits for before it returns its good result.</summary>
public static partial class Sins
{
    public delegate Task Deed(Scene scene, CancellationToken cancellationToken);

    public static readonly Dictionary<string, Deed> Deeds = new Func<IEnumerable<(string Name, Deed Deed)>>[]
    {
        Hanging, Cancelling, Late, Throwing, OnThreads, InThePool, Unhandled, AtTheEnd, Calling, Awaiting, Flooding, OfTheProcess, OnHostThreads,
        Fatal, OfTheWorker, OutOfTheSandbox, OnDescriptors, WithFiles
    }
        .SelectMany(static group => group()).ToDictionary(static pair => pair.Name, static pair => pair.Deed);

    private static (string Name, Deed Deed) Do(string name, Action<Scene> harm) => (name, (scene, _) =>
    {
        harm(scene);
        return Task.CompletedTask;
    }
    );

    private static void Thread(Action body, bool background = true, int stack = 256 * 1024) =>
        new System.Threading.Thread(() => body(), stack) { IsBackground = background }.Start();

    private static void Forever() => System.Threading.Thread.Sleep(Timeout.Infinite);

    /// <summary>Sins that lie in the task itself.</summary>
    public static class Tasks<T>
        where T : class
    {
        public static readonly Dictionary<string, Func<T, Task<T>?>> All = new()
        {
            ["null-task"] = static _ => null,
            ["null-result"] = static _ => Task.FromResult<T>(null!),
            ["negative-limit"] = static good => Task.FromResult(
                good is PluginGateway.ConnectionInfo ? (T)(object)new PluginGateway.ConnectionInfo { MaxTextLength = -1 } : good),
            ["unstarted"] = static good => new Task<T>(() => good),
            ["faulted"] = static _ => Task.FromException<T>(new IOException("a task that was faulted before it was returned")),
            ["cancelled"] = static _ => Task.FromCanceled<T>(new CancellationToken(true)),
            ["inline-then-blocks"] = static good =>
            {
                // No asynchronous continuations: whoever awaits it runs on this thread, which is never given back.
                var source = new TaskCompletionSource<T>();
                Thread(() =>
                {
                    System.Threading.Thread.Sleep(50);
                    source.SetResult(good);
                    Forever();
                });
                return source.Task;
            },
            ["huge-reply"] = static good => Task.FromResult(
                good is PluginGateway.HttpReply ? (T)(object)PluginGateway.HttpReply.Bytes(200, new byte[300_000_000], "text/plain") : good),
            ["demands-400-days"] = static good => good is PluginGateway.SendResult
                ? Task.FromResult((T)(object)PluginGateway.SendResult.NotSent(
                    PluginGateway.SendError.RateLimited(TimeSpan.FromDays(400), PluginGateway.RateLimitScope.Account, "come back next year")))
                : Task.FromException<T>(new PluginGateway.PluginException(
                    new PluginGateway.PluginFault("over", "come back next year") { RetryAfter = TimeSpan.FromDays(400) })),
            ["bad-headers"] = static good => Task.FromResult(good is PluginGateway.HttpReply
                ? (T)(object)(PluginGateway.HttpReply.Empty(200) with
                {
                    Headers = new Dictionary<string, string>
                    {
                        ["X-Split"] = "a\r\nSet-Cookie: b",
                        ["Content-Length"] = "-5",
                        ["Transfer-Encoding"] = "chunked, gzip",
                        ["bad name\n"] = "x"
                    }
                })
                : good),
            ["no-content-with-body"] = static good =>
                Task.FromResult(good is PluginGateway.HttpReply ? (T)(object)PluginGateway.HttpReply.Bytes(204, new byte[100], "text/plain") : good),
            ["short-length"] = static good => Task.FromResult(good is PluginGateway.HttpReply
                ? (T)(object)(PluginGateway.HttpReply.Bytes(200, new byte[100], "text/plain") with
                {
                    Headers = new Dictionary<string, string> { ["Content-Length"] = "5" }
                })
                : good),
            ["inline-under-lock"] = static good =>
            {
                var source = new TaskCompletionSource<T>();
                Thread(() =>
                {
                    lock (typeof(string))
                    {
                        System.Threading.Thread.Sleep(50);
                        source.SetResult(good);
                        Forever();
                    }
                });
                return source.Task;
            },
        };
    }
}
