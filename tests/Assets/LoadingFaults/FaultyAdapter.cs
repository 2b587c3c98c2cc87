using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LoadingFaults;
using PluginGateway;

[assembly: ChannelAdapter("faulty", typeof(FaultyAdapter), ConcurrentSends = 2)]

namespace LoadingFaults;

/// <summary>Does wrong what the file <c>fault</c> beside the DLL names; without it, nothing.</summary>
internal static class Fault
{
    public static readonly string Wanted = Read();

    public static void At(string place)
    {
        if (Wanted == $"{place} throws") throw new InvalidOperationException($"thrown in the {place}");
        if (Wanted == $"{place} exits") Environment.Exit(0);
        if (Wanted == $"{place} is slow") Thread.Sleep(TimeSpan.FromSeconds(4));
        if (Wanted == $"{place} hangs") Thread.Sleep(Timeout.Infinite);
    }

    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "This is the sin.")]
    [ModuleInitializer]
    internal static void Initialize() => At("module initializer");

    private static string Read()
    {
        var file = Path.Combine(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!, "fault");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }
}

internal static class Statics
{
    public static readonly int Value;

    [SuppressMessage("Performance", "CA1810:Initialize reference type static fields inline", Justification = "This is the sin.")]
    static Statics()
    {
        Fault.At("static constructor");
        Value = 1;
    }
}

/// <summary>An adapter that connects to nothing; once at work it looks twice a second for a file <c>sin</c> in its data directory, and commits what
/// that names.</summary>
public sealed class FaultyAdapter : IChannelAdapter
{
    private readonly AdapterContext _host;
    private readonly CancellationTokenSource _end = new();

    public FaultyAdapter(AdapterContext host)
    {
        _host = host;
        _ = Statics.Value;
        Fault.At("constructor");
    }

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ConnectionInfo.Empty);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
        while (true)
        {
            await Task.Delay(100, linked.Token);
            var file = Path.Combine(_host.DataDirectory, "sin");
            if (!File.Exists(file)) continue;
            var sin = await File.ReadAllTextAsync(file, linked.Token);
            File.Delete(file);
            Commit(sin.Trim());
        }
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => Task.FromResult(SendResult.Sent("sent"));

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Fault.At("disconnect");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _end.CancelAsync();

    /// <summary>Holds a thread of the gateway where it is: a signal whose handler is sleep(3), which gets the signal's number for seconds.</summary>
    private static void Stop(string thread)
    {
        const int signal = 62;
        SetHandler(signal, NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "sleep"));
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (File.ReadAllText(Path.Combine(task, "comm")).Trim() == thread)
                _ = SignalThread(Environment.ProcessId, int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), signal);
        }
    }

    /// <summary>Blocks in native code that the runtime takes for managed code: a garbage collection waits for its end, and every thread for the
    /// collection. A signal interrupts the read, which the kernel begins anew.</summary>
    private static unsafe void ReadWithoutTransition()
    {
        var ends = stackalloc int[2];
        byte nothing;
        _ = pipe(ends);
        _ = read(ends[0], &nothing, 1);
    }

    [DllImport("libc")]
    private static extern unsafe int pipe(int* ends);

    [DllImport("libc"), SuppressGCTransition]
    private static extern unsafe nint read(int descriptor, byte* bytes, nint count);

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint SetHandler(int signal, nint handler);

    [DllImport("libc", EntryPoint = "tgkill")]
    private static extern int SignalThread(int process, int thread, int signal);

    private void Commit(string sin)
    {
        if (sin == "exit") Environment.Exit(0);
        // What nobody catches: the gateway gives the next generation a fresh context.
        if (sin == "throw") new Thread(static () => throw new InvalidOperationException("nobody catches this")).Start();
        // The same, while a thread of the old context lives on.
        if (sin == "pin") new Thread(static () => Thread.Sleep(Timeout.Infinite)) { IsBackground = true }.Start();
        if (sin.StartsWith("stop ", StringComparison.Ordinal) && sin != "stop the runtime") Stop(sin["stop ".Length..]);
        if (sin == "stop the runtime")
        {
            new Thread(ReadWithoutTransition) { IsBackground = true }.Start();
            Thread.Sleep(200);
            GC.Collect();
        }

        if (sin == "park") _host.ReportFatal(new PluginFault("unauthorized", "The token is refused.", FaultRetry.AfterOperatorAction));
    }
}
