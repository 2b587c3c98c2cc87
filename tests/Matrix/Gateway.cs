using System.Net;
using System.Text.Json.Nodes;

namespace PluginGateway.MatrixTests;

/// <summary>The real executable with wrongdoers in it and a healthy adapter beside them.</summary>
internal sealed class Gateway : IDisposable
{
    private readonly ChildProcess _process;

    private Gateway(ChildProcess process, string data, Uri address)
    {
        _process = process;
        Data = data;
        Address = address;
        Neighbour = new Neighbour(Path.Combine(data, "adapters", "healthy"));
    }

    public const double Budget = 8, Grace = 4;

    /// <summary>From the signal to the end of the process: the budget and what a busy machine adds.</summary>
    public static readonly TimeSpan StopBound = TimeSpan.FromSeconds(Budget + 1);

    public string Data { get; }

    public Uri Address { get; }

    public Neighbour Neighbour { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Said => string.Join('\n', _process.Said.Split('\n').TakeLast(200));

    public IReadOnlyList<LogLine> Log => [.. _process.StandardOutput.Select(LogLine.Parse).OfType<LogLine>()];

    public static Gateway Start(TempFolder folder, IEnumerable<Wrongdoer> wrongdoers, Action<JsonObject>? change = null)
    {
        var adapters = new JsonArray
        {
            new JsonObject
            {
                ["id"] = "healthy",
                ["plugin"] = "Healthy",
                ["allow"] = new JsonObject { ["users"] = new JsonArray("*") },
                ["timeouts"] = new JsonObject { ["loadSeconds"] = 60, ["disconnectSeconds"] = 1 }
            }
        };
        foreach (var wrongdoer in wrongdoers) adapters.Add(wrongdoer.Configuration());
        var configuration = new JsonObject
        {
            ["gateway"] = new JsonObject
            {
                ["pluginPaths"] = new JsonArray { Path.Combine(AppContext.BaseDirectory, "assets") },
                ["shutdownBudgetSeconds"] = Budget,
                ["lastResortGraceSeconds"] = Grace,
                ["reconnect"] = new JsonObject { ["firstSeconds"] = 0.4 },
                ["timeouts"] = new JsonObject
                {
                    ["drainSeconds"] = 1,
                    ["noticeSeconds"] = 0.5,
                    ["storeCloseSeconds"] = 2,
                    ["disconnectSeconds"] = 1,
                    ["loadSeconds"] = 60
                },
            },
            ["adapters"] = adapters,
        };
        change?.Invoke(configuration);
        var data = folder["data"];
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        string[] arguments = [
            "--data", data, "--http", address.ToString(), "--log", "json", "--config", folder.Write("plugins.json", configuration.ToJsonString())];
        // Memory and descriptors as users have them: some wrongdoers use them up or close them.
        var environment = new Dictionary<string, string> { [ChildProcess.WriteXorExecute] = "1" };
        return new Gateway(ChildProcess.Start(Repository.Executable, arguments, folder.Path, environment), data, address);
    }

    /// <summary>Waits until the line has been written; null when it has not by then.</summary>
    public LogLine? Await(Func<LogLine, bool> wanted, TimeSpan bound)
    {
        var until = DateTime.UtcNow + bound;
        var seen = 0;
        while (true)
        {
            var lines = _process.StandardOutput.ToArray();
            for (; seen < lines.Length; seen++)
            {
                if (LogLine.Parse(lines[seen]) is { } line && wanted(line)) return line;
            }

            if (DateTime.UtcNow > until || _process.HasExited) return null;
            Thread.Sleep(20);
        }
    }

    public Status Status() => ProcessTests.Harness.Status.ByCommand(Data).Status;

    public void Signal(Signal signal) => _process.Send(signal);

    public int WaitForExit(TimeSpan bound) => _process.WaitForExit(bound);

    /// <summary>The status code of a GET; null when nobody answers in time.</summary>
    public HttpStatusCode? Get(string path, TimeSpan bound)
    {
        using var http = new HttpClient { Timeout = bound };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, path));
            using var response = http.Send(request);
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    public void Dispose() => _process.Dispose();
}
