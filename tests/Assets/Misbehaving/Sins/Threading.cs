using System.Diagnostics;
using System.Globalization;
using PluginGateway;

namespace Misbehaving;

public static partial class Sins
{
    /// <summary>Row 3, and what can be done to the thread on which the host enters.</summary>
    private static IEnumerable<(string Name, Deed Deed)> OnThreads() =>
    [
        Do("spin-all", static _ =>
        {
            for (var i = 0; i < Environment.ProcessorCount; i++) Thread(Spin);
        }),
        Do("interrupts-itself", static _ => System.Threading.Thread.CurrentThread.Interrupt()),
        Do("interrupts-later", static _ =>
        {
            var host = System.Threading.Thread.CurrentThread;
            Thread(() =>
            {
                for (var i = 0; i < 20; i++)
                {
                    System.Threading.Thread.Sleep(50);
                    host.Interrupt();
                }
            });
        }),
        Do("interrupts-while-busy", static scene =>
        {
            // The thread of the host is interrupted again and again while it meets, with others, every lock that an adapter can reach; it comes back
            // after its deadline.
            var (lane, end) = (System.Threading.Thread.CurrentThread, Stopwatch.StartNew());
            var threads = Enumerable.Range(0, 4).Select(number => new System.Threading.Thread(() =>
            {
                while (end.Elapsed < TimeSpan.FromSeconds(7)) Use(scene, number);
            }) { IsBackground = true }).ToArray();
            foreach (var thread in threads) thread.Start();
            Thread(() =>
            {
                while (end.Elapsed < TimeSpan.FromSeconds(7))
                {
                    lane.Interrupt();
                    foreach (var thread in threads) thread.Interrupt();
                    System.Threading.Thread.Yield();
                }
            });
            while (end.Elapsed < TimeSpan.FromSeconds(5)) Use(scene, 4);
        }),
        Do("async-local-blocks", static _ =>
        {
            var local = new AsyncLocal<int>(static change =>
            {
                if (change.ThreadContextChanged) Forever();
            });
            local.Value = 1;
        }),
        Do("context-left", static _ => SynchronizationContext.SetSynchronizationContext(new BlockingContext())),
        Do("flow-suppressed", static _ => ExecutionContext.SuppressFlow()),
        Do("thread-changed", static _ =>
        {
            var thread = System.Threading.Thread.CurrentThread;
            thread.IsBackground = false;
            thread.Priority = ThreadPriority.Lowest;
            thread.CurrentCulture = OddCulture();
            thread.CurrentUICulture = OddCulture();
        }),
        Do("locks-what-it-sees", static scene =>
        {
            var host = scene.Host!;
            object[] seen =
            [
                host, host.Inbox, host.State, host.Events, host.Log, host.Clock, host.GetType(), host.Inbox.GetType(), host.Log.GetType(),
                typeof(string), typeof(object), typeof(Thread), "",
                string.Intern("supervisor"), typeof(PluginGateway.IChannelAdapter), typeof(PluginGateway.IChannelAdapter).Assembly,
                TimeProvider.System, Task.CompletedTask, AppDomain.CurrentDomain,
                System.Runtime.Loader.AssemblyLoadContext.Default, PluginGateway.Acceptance.Stored, TaskScheduler.Default, Console.Out, Console.Error,
                CultureInfo.InvariantCulture, Trace.Listeners,
                Type.Missing, System.Text.Encoding.UTF8, host.Inbox.GetType().Assembly, System.Buffers.ArrayPool<byte>.Shared,
                EqualityComparer<string>.Default, StringComparer.Ordinal,
            ];
            foreach (var thing in seen)
            {
                Thread(() =>
                {
                    lock (thing) Forever();
                });
            }

            System.Threading.Thread.Sleep(100);
        }),
    ];

    /// <summary>Rows 9 and 19. Whatever is parked is let go after eight seconds, so that recovery can be seen.</summary>
    private static IEnumerable<(string Name, Deed Deed)> InThePool() =>
    [
        Do("park-2", static _ => Park(2)),
        Do("park-200", static _ => Park(200)),
        Do("park-5000", static _ => Park(5000)),
        Do("queue-100000", static _ =>
        {
            for (var i = 0; i < 100_000; i++) ThreadPool.UnsafeQueueUserWorkItem(static _ => Work(100_000), null);
        }),
        Do("spin-pool", static _ =>
        {
            var end = Stopwatch.StartNew();
            for (var i = 0; i < Environment.ProcessorCount; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ =>
                {
                    while (end.Elapsed < TimeSpan.FromSeconds(8))
                    {
                    }
                }, null);
            }
        }),
        Do("two-threads", static _ =>
        {
            if (!ThreadPool.SetMaxThreads(2, 2)) ThreadPool.SetMinThreads(1, 1);
            ThreadPool.SetMaxThreads(2, 2);
            Park(2);
        }),
    ];

    private static void Park(int items)
    {
        var end = new ManualResetEvent(false);
        for (var i = 0; i < items; i++) ThreadPool.UnsafeQueueUserWorkItem(_ => end.WaitOne(), null);
        Thread(() =>
        {
            System.Threading.Thread.Sleep(8000);
            end.Set();
        });
    }

    /// <summary>About a tenth of a millisecond of arithmetic: no pause instructions, which virtual machines punish.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static int Work(int steps)
    {
        var x = 1;
        for (var i = 0; i < steps; i++) x = (x * 31) + i;
        return x;
    }

    private static void Use(Scene scene, int number)
    {
        try
        {
            scene.Host!.Log.Information("busy");
            scene.Host.ReportHealth(new AdapterHealth(true, "busy"));
            scene.Host.Events.Publish("busy", new StreamEvent("busy"));
            _ = scene.Host.State.SetAsync("busy", "busy", CancellationToken.None);
            _ = scene.Host.Inbox.AcceptAsync(Message($"busy-{number}", "busy"), CancellationToken.None);
        }
        catch (ThreadInterruptedException)
        {
            // Its own fault.
        }
    }

    private static void Spin()
    {
        while (true)
        {
        }
    }

    /// <summary>A culture that no text of a machine survives.</summary>
    private static CultureInfo OddCulture()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat =
            new NumberFormatInfo { NumberDecimalSeparator = "#", NegativeSign = "minus", NumberGroupSeparator = "_", PositiveSign = "plus" };
        culture.DateTimeFormat =
            new DateTimeFormatInfo { ShortDatePattern = "'never'", LongTimePattern = "'never'", DateSeparator = "|", TimeSeparator = "|" };
        return culture;
    }

    private sealed class BlockingContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => Forever();

        public override void Send(SendOrPostCallback d, object? state) => Forever();
    }
}
