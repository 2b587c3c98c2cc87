using System.Net;
using System.Text.Json;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>The real executable, started, asked and ended as an operator does it.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly ChildProcess _process;

    private GatewayProcess(ChildProcess process, string data, int port)
    {
        _process = process;
        Data = data;
        Port = port;
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Address { get; }

    public int Port { get; }

    public string Data { get; }

    public int Id => _process.Id;

    public string Said => _process.Said;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts it on a data directory and a port; without a configuration it finds none.</summary>
    public static GatewayProcess Start(
        TempFolder folder, string? configuration = null, int? port = null, IReadOnlyDictionary<string, string>? environment = null,
        params string[] more)
    {
        var data = folder["data"];
        var http = port ?? FreePort.Next();
        List<string> arguments = [.. more, "--data", data];
        if (!more.Contains("--http")) arguments.AddRange(["--http", $"http://127.0.0.1:{http}"]);
        if (configuration is not null) arguments.AddRange(["--config", folder.Write("plugins.json", configuration)]);
        return new GatewayProcess(ChildProcess.Start(Repository.Executable, arguments, folder.Path, environment), data, http);
    }

    /// <summary>The same, begun by another program that runs it in its own place: its last arguments are the command.</summary>
    public static GatewayProcess StartBehind(TempFolder folder, IReadOnlyList<string> program, string configuration)
    {
        var (data, http) = (folder["data"], FreePort.Next());
        string[] command = [.. program.Skip(1), Repository.Executable, "--data", data, "--http", $"http://127.0.0.1:{http}", "--config",
            folder.Write("plugins.json", configuration)];
        return new GatewayProcess(ChildProcess.Start(program[0], command, folder.Path), data, http);
    }

    public static GatewayProcess StartReady(
        TempFolder folder, string? configuration = null, int? port = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var gateway = Start(folder, configuration, port, environment);
        try
        {
            gateway.WaitUntilReady();
        }
        catch
        {
            gateway.Dispose();
            throw;
        }

        return gateway;
    }

    /// <summary>Waits for <c>/readyz</c>. Each request that finds no listener costs an exception, so there are few.</summary>
    public void WaitUntilReady() => Bound.Until(
        () => _process.HasExited
            ? throw new InvalidOperationException($"It ended with {_process.WaitForExit(Bound.Command)} instead of becoming ready. It said:\n{Said}")
            : Answer("/readyz") == HttpStatusCode.OK,
        Bound.Start,
        () => $"the gateway is not ready. It said:\n{Said}",
        pause: 50);

    /// <summary>The status code of a GET, or null when nobody answers.</summary>
    public HttpStatusCode? Answer(string path)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, path));
            using var response = Http.Send(request);
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    public void Send(Signal signal) => _process.Send(signal);

    public int WaitForExit(TimeSpan bound) => _process.WaitForExit(bound);

    /// <summary>SIGKILL, and the wait until the kernel has taken it away.</summary>
    public void Kill()
    {
        Send(Signal.Kill);
        WaitForExit(Bound.Command);
    }

    /// <summary>Ends it as a service manager would and gives the exit code.</summary>
    public int Stop(Signal signal = Signal.Terminate)
    {
        Send(signal);
        return WaitForExit(Bound.Stop);
    }

    public Status Status() => Harness.Status.Of(Data);

    /// <summary>What its status says of one adapter; asks until it names it.</summary>
    public JsonElement Adapter(string id)
    {
        JsonElement? adapter = null;
        Bound.Until(() => (adapter = Status().Find(id)) is not null, Bound.Command, () => $"it does not name '{id}':\n{Said}");
        return adapter!.Value;
    }

    /// <summary>Asks until it answers, and that is so.</summary>
    public Status Await(Func<Status, bool> so, TimeSpan bound)
    {
        Status status = Status();
        Bound.Until(() => (status = Status()).HasMessages && so(status), bound, () => $"it says:\n{status.Json}\n{Said}");
        return status;
    }

    public void Dispose() => _process.Dispose();
}
