using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace PluginGateway.Benchmarks;

/// <summary>How long the real executable takes until it is ready, with one adapter and with a hundred, and what an adapter costs in memory.</summary>
internal static class StartArea
{
    private const int Samples = 7, Many = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd('/'));

    public static IEnumerable<Figure> Measure()
    {
        Start(1);
        List<(double Ms, double Mb)> one = [], many = [];
        for (var sample = 0; sample < Samples; sample++)
        {
            one.Add(Start(1));
            many.Add(Start(Many));
        }

        yield return new Figure("start.ready_ms", Rounds.Median(one.Select(static s => s.Ms)), "ms");
        yield return new Figure($"start.ready_{Many}_ms", Rounds.Median(many.Select(static s => s.Ms)), "ms");
        yield return new Figure("start.memory_mb", Rounds.Median(one.Select(static s => s.Mb)), "MB");
        yield return new Figure(
            "start.per_adapter_mb", (Rounds.Median(many.Select(static s => s.Mb)) - Rounds.Median(one.Select(static s => s.Mb))) / (Many - 1), "MB");
    }

    private static (double Ms, double Mb) Start(int adapters)
    {
        using var folder = new BenchFolder();
        var configuration = new
        {
            gateway = new { pluginPaths = new[] { Path.Combine(AppContext.BaseDirectory, "assets") }, timeouts = new { loadSeconds = 120 } },
            adapters = Enumerable.Range(0, adapters).Select(static i => new { id = $"a{i}", plugin = "Healthy" }),
        };
        File.WriteAllText(folder["plugins.json"], JsonSerializer.Serialize(configuration));
        var port = FreePort();
        var start = new ProcessStartInfo(
            Executable, ["--config", folder["plugins.json"], "--data", folder["data"], "--http", $"http://127.0.0.1:{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            while (!IsReady(port))
            {
                if (process.HasExited) throw new InvalidOperationException($"The gateway ended with {process.ExitCode}.");
                if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException("The gateway does not get ready.");
                Thread.Sleep(2);
            }

            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            process.Refresh();
            return (took, process.WorkingSet64 / 1048576.0);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    /// <summary>The executable of the configuration this program was built in.</summary>
    public static string Executable =>
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../..", "host", "bin", Output.Parent!.Name, Output.Name, "plugin-gateway"));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A plain socket: an HTTP client's own start would be measured with it.</summary>
    private static bool IsReady(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            using var stream = client.GetStream();
            stream.Write("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8);
            using var reader = new StreamReader(stream);
            return reader.ReadLine()?.Contains(" 200 ", StringComparison.Ordinal) == true;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
