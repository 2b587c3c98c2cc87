using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Misbehaving;

public static partial class Sins
{
    /// <summary>Rows 10 and 20: nobody catches it.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Unhandled() =>
    [
        Do("thread-throws", static _ => Thread(static () => throw new IOException("on its own thread"))),
        Do("timer-throws", static scene => Kept.Add(new Timer(static state => throw new IOException("in a timer"), null, 10, Timeout.Infinite))),
        Do("async-void-throws", static _ => AsyncVoid()),
        Do("pool-throws", static _ => ThreadPool.QueueUserWorkItem(static _ => throw new IOException("in the pool"))),
        Do("many-throw", static _ =>
        {
            for (var i = 0; i < 500; i++) ThreadPool.QueueUserWorkItem(static _ => throw new IOException("in the pool, again and again"));
        }),
        Do("frameless-throws", static _ =>
        {
            // A framework method as the body of a thread: nothing of the plugin is on the stack.
            var awaiter = Task.FromException(new IOException("nobody's frame")).GetAwaiter();
            new System.Threading.Thread(awaiter.GetResult) { IsBackground = true }.Start();
        }),
        Do("unhandled-message-hangs", static _ => Thread(static () => throw new HangingMessage())),
        Do("unobserved", static _ =>
        {
            TaskScheduler.UnobservedTaskException += static (_, _) => throw new IOException("while observing");
            Leave(static () => Task.FromException(new IOException("observed by nobody")));
        }),
        Do("finalizer-throws", static _ => Leave(static () => new Finalized(static () => throw new IOException("in a finalizer")))),
        Do("finalizer-hangs", static _ => Leave(static () => new Finalized(Forever))),
        Do("trace-assert", static _ => Trace.Assert(false, "an assertion of a plugin")),
        Do("debug-fail", static _ => Trace.Fail("a failure of a plugin")),
    ];

    /// <summary>Row 11: in the way of the end; row 20: a child that stays.</summary>
    private static IEnumerable<(string Name, Deed Deed)> AtTheEnd() =>
    [
        Do("foreground", static _ => Thread(Forever, background: false)),
        Do("exit-handler-hangs", static _ =>
        {
            AppDomain.CurrentDomain.ProcessExit += static (_, _) => Forever();
            AssemblyLoadContext.Default.Unloading += static _ => Forever();
            AssemblyLoadContext.GetLoadContext(typeof(Sins).Assembly)!.Unloading += static _ => Forever();
            AppDomain.CurrentDomain.DomainUnload += static (_, _) => Forever();
        }),
        ("unloading-hangs", static (_, _) =>
        {
            // Comes back late, so that its context can be unloaded.
            AssemblyLoadContext.GetLoadContext(typeof(Sins).Assembly)!.Unloading += static _ => Forever();
            return Task.Delay(2500);
        }),
        Do("unloading-throws",
            static _ => AssemblyLoadContext.GetLoadContext(typeof(Sins).Assembly)!.Unloading += static _ => throw new IOException("while unloading")),
        Do("signal-handler-hangs", static scene =>
        {
            foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
                Kept.Add(PosixSignalRegistration.Create(signal, static _ => Forever()));
            Console.CancelKeyPress += static (_, _) => Forever();
        }),
        Do("exit-code", static _ => Environment.ExitCode = 3),
        Do("child", static scene =>
        {
            var child = Process.Start(new ProcessStartInfo("sleep", "30"))!;
            scene.Log($"child {child.Id}");
        }),
    ];

    /// <summary>What nobody in this process can stop.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Fatal() =>
    [
        Do("exit", static _ => Environment.Exit(3)),
        Do("exit-after-hook", static _ =>
        {
            AppDomain.CurrentDomain.ProcessExit += static (_, _) => Forever();
            Environment.Exit(0);
        }),
        Do("fail-fast", static _ => Environment.FailFast("a plugin gave up")),
        Do("stack-overflow", static _ => Deeper(0)),
        Do("native-crash", static _ => memset(1, 0, 4096)),
        Do("kill", static _ => Process.GetCurrentProcess().Kill()),
        Do("async-local-throws", static _ => new AsyncLocal<int>(static _ => throw new IOException("in a notification")).Value = 1),
    ];

    private static readonly List<object> Kept = [];

    private static async void AsyncVoid()
    {
        await Task.Delay(10);
        throw new IOException("in async void");
    }

    private static void Leave(Func<object> make)
    {
        for (var i = 0; i < 10; i++) Drop(make);
        GC.Collect();
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Drop(Func<object> make) => _ = make();

    private static int Deeper(int depth) => 1 + Deeper(depth + 1) + Deeper(depth + 2);

    [DllImport("libc")]
    private static extern nint memset(nint target, int value, nint count);

    private sealed class Finalized(Action end)
    {
        ~Finalized() => end();
    }
}
