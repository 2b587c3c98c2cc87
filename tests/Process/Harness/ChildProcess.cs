using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>A process with its output read on threads of its own; ends at the latest with the test.</summary>
internal sealed class ChildProcess : IDisposable
{
    /// <summary>Variable that tells the runtime to map pages of code twice, to write and to run (1, its default), or once (0).</summary>
    public const string WriteXorExecute = "DOTNET_EnableWriteXorExecute";

    private readonly Process _process;
    private readonly Thread[] _readers;
    private bool _isDisposed;

    private ChildProcess(Process process)
    {
        _process = process;
        _readers = [Read(process.StandardOutput, StandardOutput), Read(process.StandardError, StandardError)];
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public ConcurrentQueue<string> StandardOutput { get; } = [];

    public ConcurrentQueue<string> StandardError { get; } = [];

    /// <summary>Everything it said, for assertions and for the message of a failed one.</summary>
    public string Said => string.Join('\n', StandardOutput.Concat(StandardError));

    /// <summary>Starts it; its input is closed at once unless it is kept to <see cref="Tell"/> it something.</summary>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, string workingDirectory, IReadOnlyDictionary<string, string>? environment = null,
        bool keepsInput = false)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] inherited = ["STATE_DIRECTORY", "NOTIFY_SOCKET", "XDG_RUNTIME_DIR"];
        foreach (var name in info.Environment.Keys.Where(k => k.StartsWith("GATEWAY_", StringComparison.Ordinal) || inherited.Contains(k)).ToArray())
            info.Environment.Remove(name);
        // The runtime that runs the tests runs the gateway, wherever it is installed; no build server outlives a test.
        info.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        info.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        // A tenth of the processor time of a start, and a thousand processes start in these tests.
        info.Environment[WriteXorExecute] = "0";
        info.Environment["GATEWAY_LOCK_DIR"] = Path.Combine(workingDirectory, "locks");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) info.Environment[name] = value;
        var process = Process.Start(info) ?? throw new InvalidOperationException($"{file} did not start");
        if (!keepsInput) process.StandardInput.Close();
        return new ChildProcess(process);
    }

    /// <summary>Writes a line to its input.</summary>
    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void Send(Signal signal) => Libc.Send(Id, signal);

    /// <summary>Waits for the end and for the last line of output.</summary>
    public int WaitForExit(TimeSpan bound)
    {
        if (!_process.WaitForExit(bound))
            throw new TimeoutException($"'{_process.StartInfo.FileName}' still runs after {bound.TotalSeconds:0} s. It said:\n{Said}");
        foreach (var reader in _readers) reader.Join(TimeSpan.FromSeconds(5));
        return _process.ExitCode;
    }

    /// <summary>Ends it and what it started, if it still runs. Once: a test that has failed between two processes disposes the first again.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(TimeSpan.FromSeconds(10));
        }

        foreach (var reader in _readers) reader.Join(TimeSpan.FromSeconds(5));
        _process.Dispose();
    }

    private static Thread Read(StreamReader from, ConcurrentQueue<string> into)
    {
        var thread = new Thread(() =>
        {
            try
            {
                while (from.ReadLine() is { } line) into.Enqueue(line);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The process has been disposed under us: there is nothing more to read.
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }
}
