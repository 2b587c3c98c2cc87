using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What the real executable tells a service manager, heard on a real datagram socket.</summary>
public sealed class ServiceManagementTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_says_when_it_is_ready_that_it_is_alive_and_that_it_stops(bool isAbstract)
    {
        using var folder = new TempFolder();
        using var manager = new Manager(isAbstract ? $"@gateway-test-{Guid.NewGuid():N}" : folder["notify"]);
        using var gateway = GatewayProcess.Start(folder, environment: manager.Environment);
        manager.Await("READY=1");
        Assert.Equal(System.Net.HttpStatusCode.OK, gateway.Answer("/readyz"));
        Assert.Contains(
            manager.Heard, m => m.Contains("EXTEND_TIMEOUT_USEC=", StringComparison.Ordinal) && !m.Contains("STOPPING", StringComparison.Ordinal));
        var before = manager.Count("WATCHDOG=1");
        Thread.Sleep(1500);
        Assert.InRange(manager.Count("WATCHDOG=1") - before, 2, 8);

        Assert.Equal(0, gateway.Stop());
        // The default budget and grace, and what the kernel's alarm is behind them.
        Assert.Contains("STOPPING=1\nSTATUS=stopping: SIGTERM\nEXTEND_TIMEOUT_USEC=27000000", manager.Heard);
        Assert.Equal(1, manager.Heard.Count(m => m.StartsWith("READY=1", StringComparison.Ordinal)));
    }

    [Fact]
    public void It_is_ready_although_an_adapter_cannot_be_loaded_and_says_so()
    {
        using var folder = new TempFolder();
        using var manager = new Manager(folder["notify"]);
        using var gateway = GatewayProcess.Start(
            folder, """{ "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "gone", "plugin": "Gone" } ] }""",
            environment: manager.Environment);
        manager.Await("READY=1");
        Assert.Contains(manager.Heard, m => m.StartsWith("READY=1\nSTATUS=degraded: adapter 'gone' is parked", StringComparison.Ordinal));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_suspended_gateway_is_silent_and_a_manager_that_does_not_read_holds_up_nothing()
    {
        using var folder = new TempFolder();
        using var manager = new Manager(folder["notify"]);
        using var gateway = GatewayProcess.Start(folder, environment: manager.Environment);
        manager.Await("WATCHDOG=1");
        gateway.Send(Signal.Stop);
        Thread.Sleep(300);
        var before = manager.Count("WATCHDOG=1");
        Thread.Sleep(1200);
        Assert.Equal(before, manager.Count("WATCHDOG=1"));

        manager.StopReading();
        gateway.Send(Signal.Continue);
        Thread.Sleep(3000);
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>What a loop that stands still is good for is no longer done; only a new process does it again, and the service manager sees to
    /// that.</summary>
    [Theory]
    [InlineData("store writer", 1)]
    [InlineData("dispatcher", 0)]
    [InlineData("control", 0)]
    [InlineData("packing", 0)]
    [InlineData("media fetch", 0)]
    [InlineData("media transfer", 0)]
    [InlineData("media collector", 0)]
    [InlineData("spawner", 0)]
    public void A_loop_that_stands_still_is_named_and_the_watchdog_is_no_longer_fed(string loop, int exitCode)
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Holder");
        using var manager = new Manager(folder["notify"]);
        using var gateway = GatewayProcess.Start(
            folder,
            """{ "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "holder", "plugin": "Holder" } ] }""",
            environment: manager.Environment);
        manager.Await("READY=1");
        Bound.Until(() => manager.Count("WATCHDOG=1") > 0, Bound.Start, () => gateway.Said);

        folder.Write("data/adapters/holder/sin", $"stop {loop}");
        using var http = new HttpClient();
        var said = "";
        Bound.Until(() => gateway.Answer("/readyz") == System.Net.HttpStatusCode.ServiceUnavailable, Bound.Start, () => gateway.Said);
        said = Read(http, new Uri(gateway.Address, "/readyz"));
        Assert.Contains($"the loop \\u0027{loop}\\u0027 has stood still", said, StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, gateway.Answer("/healthz"));
        if (loop != "control")
        {
            Bound.Until(() => gateway.Status().State == "degraded", Bound.Start, () => gateway.Said);
            Assert.Contains(loop, gateway.Status().Json.GetProperty("reasons").ToString(), StringComparison.Ordinal);
        }

        var before = manager.Count("WATCHDOG=1");
        Thread.Sleep(2000);
        Assert.InRange(manager.Count("WATCHDOG=1") - before, 0, 1);
        Assert.Equal(exitCode, gateway.Stop());
    }

    /// <summary>Nothing in the process can prevent it or end it then: every thread waits for a collection that waits for the plugin.</summary>
    [Fact]
    public async Task A_runtime_that_a_plugin_stops_feeds_no_watchdog_and_the_next_start_has_every_message()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Holder");
        using var manager = new Manager(folder["notify"]);
        var port = FreePort.Next();
        using (var gateway = GatewayProcess.Start(folder, """
            { "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "holder", "plugin": "Holder" } ] }
            """, port, manager.Environment))
        {
            manager.Await("READY=1");
            using var client = new ChatClient(gateway.Address, Bound.Replies);
            await client.SendAsync("c", "before", "before");
            folder.Write("data/adapters/holder/sin", "stop the runtime");
            var last = -1;
            Bound.Until(
                () =>
                {
                    var before = last;
                    last = manager.Count("WATCHDOG=1");
                    Thread.Sleep(2000);
                    return last == before;
                },
                Bound.Start, () => gateway.Said);
            Assert.Equal("unresponsive", gateway.Status().State);
            gateway.Kill();
        }

        using var next = GatewayProcess.Start(folder, """{ "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""", port);
        next.WaitUntilReady();
        using (var client = new ChatClient(next.Address, Bound.Replies)) await client.SendAsync("c", "after", "after");
        var status = next.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        Assert.Equal((2, 2), (status.Inbound("handled"), status.Outbound("delivered")));
        Assert.Equal(0, next.Stop());
    }

    /// <summary>As much of systemd as a service sees.</summary>
    private sealed class Manager : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        private readonly ConcurrentQueue<string> _heard = [];
        private readonly string _name;
        private volatile bool _deaf;

        public Manager(string name)
        {
            _name = name;
            _socket.Bind(new UnixDomainSocketEndPoint(name.StartsWith('@') ? "\0" + name[1..] : name));
            _socket.ReceiveTimeout = 200;
            new Thread(Listen) { IsBackground = true }.Start();
        }

        public Dictionary<string, string> Environment => new() { ["NOTIFY_SOCKET"] = _name, ["WATCHDOG_USEC"] = "1000000" };

        public IReadOnlyList<string> Heard => [.. _heard];

        public int Count(string message) => _heard.Count(m => m == message);

        public void Await(string start) =>
            Bound.Until(() => _heard.Any(m => m.StartsWith(start, StringComparison.Ordinal)), Bound.Start,
                () => $"no {start}; heard:\n{string.Join("\n--\n", _heard)}");

        public void StopReading() => _deaf = true;

        public void Dispose() => _socket.Dispose();

        private void Listen()
        {
            var buffer = new byte[64 * 1024];
            while (true)
            {
                try
                {
                    if (_deaf) Thread.Sleep(100);
                    else _heard.Enqueue(Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer)));
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
                {
                    continue;
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }

    private static string Read(HttpClient http, Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = http.Send(request);
        using var text = new StreamReader(response.Content.ReadAsStream());
        return text.ReadToEnd();
    }
}
