using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using PluginGateway;

namespace Misbehaving;

public static partial class Sins
{
    /// <summary>Row 17: what belongs to everybody.</summary>
    private static IEnumerable<(string Name, Deed Deed)> OfTheProcess() =>
    [
        Do("culture", static _ => CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = OddCulture()),
        Do("current-directory", static scene =>
        {
            var gone = Directory.CreateDirectory(Path.Combine(scene.DataDirectory, "gone")).FullName;
            Environment.CurrentDirectory = gone;
            Directory.Delete(gone);
        }),
        Do("environment", static _ =>
        {
            foreach (string name in Environment.GetEnvironmentVariables().Keys) Environment.SetEnvironmentVariable(name, null);
            Environment.SetEnvironmentVariable("GATEWAY_ADAPTER_DISCONNECT_TIMEOUT", "-1");
            Environment.SetEnvironmentVariable("TMPDIR", "/nowhere");
        }),
        Do("switches", static _ =>
        {
            AppContext.SetSwitch("System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault", false);
            AppContext.SetSwitch("System.Globalization.Invariant", false);
            AppContext.SetSwitch("Switch.System.Diagnostics.StackTrace.ShowILOffsets", true);
        }),
        Do("no-gc", static _ =>
        {
            GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
            GC.TryStartNoGCRegion(200_000_000);
        }),
        Do("closes-output", static _ =>
        {
            close(1);
            close(2);
        }),
        Do("signals-ignored", static _ =>
        {
            foreach (var number in (int[])[1, 2, 3, 15]) signal(number, 1);
        }),
        Do("signals-by-default", static _ =>
        {
            foreach (var number in (int[])[1, 2, 3, 15]) signal(number, 0);
        }),
        Do("native-resolver-hangs", static _ =>
        {
            foreach (var assembly in AssemblyLoadContext.Default.Assemblies)
            {
                try
                {
                    NativeLibrary.SetDllImportResolver(assembly, static (_, _, _) => Wait());
                }
                catch (InvalidOperationException)
                {
                    // It has one.
                }
            }
        }),
        Do("umask", static _ => umask(0)),
        Do("deletes-itself", static scene => Directory.Delete(scene.PluginDirectory, recursive: true)),
        Do("deletes-data-folder", static scene => Directory.Delete(scene.DataDirectory, recursive: true)),
        Do("folder-becomes-file", static scene =>
        {
            Directory.Delete(scene.DataDirectory, recursive: true);
            File.WriteAllText(scene.DataDirectory, "a file");
            scene.Host!.ReportFatal(Over);
        }),
        Do("folder-becomes-file-and-hooks", static scene =>
        {
            AppDomain.CurrentDomain.FirstChanceException += static (_, _) => Forever();
            Directory.Delete(scene.DataDirectory, recursive: true);
            File.WriteAllText(scene.DataDirectory, "a file");
            scene.Host!.ReportFatal(Over);
        }),
    ];

    /// <summary>Row 18: hooks that run on whatever thread comes by, and never let it go.</summary>
    private static IEnumerable<(string Name, Deed Deed)> OnHostThreads() =>
    [
        Do("first-chance-hangs", static _ => AppDomain.CurrentDomain.FirstChanceException += static (_, _) => Forever()),
        Do("assembly-load-hangs", static _ => AppDomain.CurrentDomain.AssemblyLoad += static (_, _) => Forever()),
        Do("resolving-hangs", static _ =>
        {
            AssemblyLoadContext.Default.Resolving += static (_, _) => Wait() == 0 ? null : null;
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (_, _) => Wait();
            AppDomain.CurrentDomain.AssemblyResolve += static (_, _) => Wait() == 0 ? null : null;
            AppDomain.CurrentDomain.TypeResolve += static (_, _) => Wait() == 0 ? null : null;
        }),
        Do("resolving-throws", static _ =>
        {
            AssemblyLoadContext.Default.Resolving += static (_, _) => throw new IOException("while resolving");
            AppDomain.CurrentDomain.AssemblyResolve += static (_, _) => throw new IOException("while resolving");
        }),
        Do("console-hangs", static _ =>
        {
            Console.SetOut(new HangingWriter());
            Console.SetError(new HangingWriter());
        }),
        Do("console-lock", static _ =>
        {
            var (output, error) = (Console.Out, Console.Error);
            Thread(() =>
            {
                lock (output)
                lock (error)
                {
                    Forever();
                }
            });
        }),
        Do("unhandled-hook-hangs", static _ =>
        {
            AppDomain.CurrentDomain.UnhandledException += static (_, _) => Forever();
            Thread(static () => throw new IOException("with a hook on it"));
        }),
        Do("trace-listener-hangs", static _ =>
        {
            Trace.Listeners.Add(new HangingListener());
            Thread(static () => Trace.WriteLine("x"));
        }),
        Do("meter-listener-hangs", static _ =>
        {
            var listener = new MeterListener { InstrumentPublished = static (instrument, me) => me.EnableMeasurementEvents(instrument) };
            listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => Forever());
            listener.SetMeasurementEventCallback<int>(static (_, _, _, _) => Forever());
            listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => Forever());
            Kept.Add(listener);
            listener.Start();
        }),
        Do("activity-listener-hangs", static _ => ActivitySource.AddActivityListener(new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = static _ => Forever(),
        })),
        Do("diagnostic-listener-hangs", static _ => DiagnosticListener.AllListeners.Subscribe(new Subscriber())),
        Do("event-listener-hangs", static _ => Kept.Add(new HangingEvents())),
    ];

    [DllImport("libc")]
    private static extern int close(int descriptor);

    [DllImport("libc")]
    private static extern int umask(int mask);

    [DllImport("libc")]
    private static extern nint signal(int number, nint handler);

    private sealed class HangingWriter : StringWriter
    {
        public override void Write(char value) => Forever();

        public override void Write(string? value) => Forever();

        public override void WriteLine(string? value) => Forever();
    }

    private sealed class HangingListener : TraceListener
    {
        public override void Write(string? message) => Forever();

        public override void WriteLine(string? message) => Forever();
    }

    private sealed class HangingEvents : System.Diagnostics.Tracing.EventListener
    {
        protected override void OnEventSourceCreated(System.Diagnostics.Tracing.EventSource eventSource) =>
            EnableEvents(eventSource, System.Diagnostics.Tracing.EventLevel.Verbose);

        protected override void OnEventWritten(System.Diagnostics.Tracing.EventWrittenEventArgs eventData) => Forever();
    }

    private sealed class Subscriber : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(DiagnosticListener value) => value.Subscribe(this);

        public void OnNext(KeyValuePair<string, object?> value) => Forever();
    }
}
