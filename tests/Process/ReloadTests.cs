using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What an operator changes while the gateway runs, and what must not notice.</summary>
public sealed class ReloadTests(ITestOutputHelper output)
{
    private const int Clients = 10;

    private const string WithReply =
        """{ "gateway": { "pluginPaths": ["more"] }, "handler": { "plugin": "Reply" }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""";

    /// <summary>Two adapters of one plugin beside the chat page; the first has a secret.</summary>
    private const string Three = """
        { "gateway": { "pluginPaths": ["more"], "timeouts": { "disconnectSeconds": 2 } },
          "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "one", "plugin": "Second", "settings": { "token": "${file:secret}" } }, { "id": "two", "plugin": "Second" } ] }
        """;

    [Fact]
    public async Task A_swap_of_adapter_and_handler_under_the_load_of_ten_clients_answers_every_accepted_message_once()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "SwapV1", "Reply");
        Asset.PlaceOwn(folder, "WebChat", "Chat");
        using var gateway = GatewayProcess.StartReady(
            folder, WithReply.Replace("\"WebChat\"", "\"Chat\", \"allow\": { \"users\": [\"*\"] }", StringComparison.Ordinal));
        using var client = new ChatClient(gateway.Address);
        var streams = Enumerable.Range(0, Clients).Select(c => client.Listen($"c{c}")).ToArray();
        using var end = new CancellationTokenSource();
        var accepted = new ConcurrentQueue<TimeSpan>();
        var refused = 0;
        try
        {
            foreach (var stream in streams) stream.WaitUntilOpen();
            var clock = Stopwatch.StartNew();
            var load = Enumerable.Range(0, Clients).Select(c => PostAsync(
                client, $"c{c}", () => accepted.Enqueue(clock.Elapsed), () => Interlocked.Increment(ref refused), end.Token)).ToArray();
            Bound.Until(() => accepted.Count > 100, Bound.Replies, () => "no load");

            Asset.Place(folder, "SwapV2", "Reply");
            folder.Write("more/Chat/version.txt", "2");
            var (began, before) = (clock.Elapsed, accepted.Count);
            var report = Do(gateway);
            var ended = clock.Elapsed;
            Assert.Equal(["handler:default swapped connected", "web swapped connected"], Units(report));
            var after = accepted.Count;
            Bound.Until(() => accepted.Count > after + 100, Bound.Replies, () => $"no load after the swap:\n{gateway.Said}");
            await end.CancelAsync();
            var sent = await Task.WhenAll(load);

            var times = accepted.Order().ToArray();
            var gap = times.Zip(times.Skip(1), static (one, next) => next - one).Max();
            output.WriteLine($"{sent.Sum()} messages, {before} before and {after - before} during the reload of {(ended - began).TotalMilliseconds:0} ms ({report.GetProperty("seconds")} s inside); "
                + $"the longest time in which none was accepted: {gap.TotalMilliseconds:0} ms; refused meanwhile and posted again: {refused}");
            for (var c = 0; c < Clients; c++)
            {
                streams[c].WaitFor(sent[c], Bound.Replies);
                var replies = streams[c].Replies.Select(static reply => reply.Text).ToArray();
                Assert.Equal(Enumerable.Range(0, sent[c]).Select(static m => $"m{m}"), replies.Select(static text => text[3..]));
                Assert.Equal(("v1", "v2"), (replies[0][..2], replies[^1][..2]));
                Assert.Equal(replies.Select(static text => text[..2]).Order(StringComparer.Ordinal), replies.Select(static text => text[..2]));
            }

            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => $"something is still pending: {gateway.Status().Json}");
            var status = gateway.Status();
            status.AssertBalances();
            Assert.Equal(sent.Sum(), status.Inbound("handled"));
            Assert.Equal(sent.Sum(), status.Outbound("delivered"));
            Assert.Equal("ready", status.State);
        }
        finally
        {
            foreach (var stream in streams) stream.Dispose();
        }
    }

    /// <summary>What the operator says counts when it is said, also while a reload is loading.</summary>
    [Fact]
    public void An_adapter_that_is_disabled_while_a_reload_loads_it_stays_disabled()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Slow");
        folder.Write("more/Slow/fault", "module initializer is slow");
        using var gateway = GatewayProcess.StartReady(folder,
            """{ "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "slow", "plugin": "Slow" } ] }""");
        Bound.Until(() => State(gateway, "slow") == "connected", Bound.Start, () => gateway.Said);
        using var done = new ManualResetEventSlim();
        JsonElement report = default;
        var reload = new Thread(() =>
        {
            report = Do(gateway, 0, "slow");
            done.Set();
        });
        reload.Start();
        // It loads for four seconds.
        Bound.Until(() => gateway.Said.Contains("Reload of slow", StringComparison.Ordinal), Bound.Command, () => gateway.Said);
        var disabled = Command.Run(folder.Path, "adapter", "disable", "slow", "--data", gateway.Data);
        Assert.True(disabled.ExitCode == 0, disabled.Said);
        Assert.False(done.IsSet, "The reload was over before the operator spoke: this shows nothing.");
        Assert.True(done.Wait(Bound.Start), gateway.Said);
        Assert.Contains("slow swapped disabled", Units(report));
        Assert.Equal("disabled", State(gateway, "slow"));
        Assert.Contains("disabled by the operator", gateway.Adapter("slow").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.True(Command.Run(folder.Path, "adapter", "enable", "slow", "--data", gateway.Data).ExitCode == 0, gateway.Said);
        Bound.Until(() => State(gateway, "slow") == "connected", Bound.Start, () => gateway.Said);
    }

    [Fact]
    public async Task A_broken_file_changes_nothing_and_says_everything_that_is_wrong_with_it()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, """{ "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""");
        var generation = Generation(gateway, "web");
        folder.Write("plugins.json", """{ "gateway": { "http": 7 }, "adapters": [ { "id": "WEB", "plugin": "WebChat" }, { "id": "b" } ] }""");
        var report = Do(gateway, exitCode: 1);
        var problems = string.Join('\n', report.GetProperty("problems").EnumerateArray().Select(static problem => problem.GetString()));
        foreach (var key in (string[])["gateway.http", "adapters[0].id", "adapters[1].plugin"])
            Assert.Contains(key, problems, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", report.GetProperty("refusal").GetString(), StringComparison.Ordinal);
        var shown = Command.Run(folder.Path, "reload", "--data", gateway.Data);
        Assert.Equal(1, shown.ExitCode);
        Assert.Contains("adapters[1].plugin", shown.Error, StringComparison.Ordinal);

        folder.Write("plugins.json", "{ broken");
        Assert.Contains("line 1", Do(gateway, exitCode: 1).GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(generation, Generation(gateway, "web"));
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("on");
        await client.SendAsync("on", "m", "as before");
        stream.WaitFor(1, Bound.Replies);
    }

    [Fact]
    public void A_changed_secret_reconnects_the_adapter_that_uses_it_and_no_other()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, Three);
        Assert.Equal(["handler:default unchanged connected", "one unchanged connected", "two unchanged connected", "web unchanged connected"],
            Units(Do(gateway)));
        string[] ids = ["web", "one", "two"];
        var before = ids.Select(id => Generation(gateway, id)).ToArray();
        folder.Write("secret", "another secret");
        Assert.Equal(["handler:default unchanged connected", "one reconfigured connected", "two unchanged connected", "web unchanged connected"],
            Units(Do(gateway)));
        Assert.Equal([false, true, false], ids.Select((id, i) => Generation(gateway, id) > before[i]));
        Assert.DoesNotContain("another secret", gateway.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_cannot_be_loaded_is_refused_with_a_code_and_the_old_one_goes_on()
    {
        using var folder = new TempFolder();
        var place = Asset.Place(folder, "SwapV1", "Reply");
        using var gateway = GatewayProcess.StartReady(folder, WithReply);
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("on");

        var dll = Path.Combine(place, "Reply.dll");
        File.WriteAllBytes(dll, File.ReadAllBytes(dll)[..^512]);
        Assert.Equal("not-an-assembly", Refused());
        await AnswersAsync("v1");
        Asset.Place(folder, "SwapNewer", "Reply");
        Assert.Equal("contract-newer", Refused());
        Directory.Move(place, folder["away"]);
        Assert.Equal("plugin-not-found", Refused());
        await AnswersAsync("v1");
        Assert.Equal("ready", gateway.Status().State);

        Asset.Place(folder, "SwapV2", "Reply");
        Assert.Equal(["handler:default swapped connected", "web unchanged connected"], Units(Do(gateway)));
        await AnswersAsync("v2");

        string Refused()
        {
            var report = Do(gateway, exitCode: 1);
            Assert.Equal(["handler:default refused connected", "web unchanged connected"], Units(report));
            var unit = report.GetProperty("units")[0];
            Assert.Contains("goes on", unit.GetProperty("reason").GetString(), StringComparison.Ordinal);
            return unit.GetProperty("code").GetString()!;
        }

        async Task AnswersAsync(string version)
        {
            var count = stream.Replies.Count;
            await client.SendAsync("on", $"m{count}", $"m{count}");
            stream.WaitFor(count + 1, Bound.Replies);
            Assert.Equal($"{version} m{count}", stream.Replies[^1].Text);
        }
    }

    [Fact]
    public async Task A_hangup_reloads_like_the_command()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "SwapV1", "Reply");
        using var gateway = GatewayProcess.StartReady(folder, WithReply);
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("on");
        Asset.Place(folder, "SwapV2", "Reply");
        gateway.Send(Signal.Hangup);
        Bound.Until(() => gateway.Said.Contains("Reload took", StringComparison.Ordinal), Bound.Command, () => gateway.Said);
        Assert.Contains("asked for by SIGHUP", gateway.Said, StringComparison.Ordinal);
        await client.SendAsync("on", "m", "m");
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal("v2 m", stream.Replies[0].Text);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_turn_that_outlives_the_drain_runs_again_on_the_new_handler_and_is_answered_once()
    {
        const string Slow = """
            { "gateway": { "pluginPaths": ["more"], "timeouts": { "drainSeconds": 1, "disconnectSeconds": 1 } },
              "handler": { "plugin": "Reply", "settings": { "pause": PAUSE } }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }
            """;
        using var folder = new TempFolder();
        Asset.Place(folder, "SwapV1", "Reply");
        using var gateway = GatewayProcess.StartReady(folder, Slow.Replace("PAUSE", "8000", StringComparison.Ordinal));
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("slow");
        await client.SendAsync("slow", "m", "m");
        Thread.Sleep(500);
        Asset.Place(folder, "SwapV2", "Reply");
        folder.Write("plugins.json", Slow.Replace("PAUSE", "0", StringComparison.Ordinal));
        Assert.Equal(["handler:default swapped connected", "web unchanged connected"], Units(Do(gateway)));
        stream.WaitFor(1, Bound.Replies);
        // The old turn comes back after its pause; its reply is refused.
        Thread.Sleep(TimeSpan.FromSeconds(8));
        Assert.Equal("v2 m", Assert.Single(stream.Replies).Text);
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        Assert.Equal(1, gateway.Status().Outbound("delivered"));
    }

    [Fact]
    public async Task An_adapter_that_hangs_in_its_teardown_is_replaced_at_its_bound_and_nobody_else_notices()
    {
        using var folder = Arranged();
        folder.Write("more/Second/fault", "disconnect hangs");
        using var gateway = GatewayProcess.StartReady(folder, Three);
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("beside");
        var web = Generation(gateway, "web");
        File.Delete(folder["more", "Second", "fault"]);
        var reload = Task.Factory.StartNew(
            () => Do(gateway, exitCode: 0, "two"), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (var m = 0; m < 10; m++)
        {
            await client.SendAsync("beside", $"m{m}", $"m{m}");
            Thread.Sleep(100);
        }

        var report = await reload;
        Assert.Equal(["two swapped degraded"], Units(report));
        Assert.InRange(report.GetProperty("seconds").GetDouble(), 1.5, 30);
        stream.WaitFor(10, Bound.Replies);
        Assert.Equal(web, Generation(gateway, "web"));
        Assert.Equal("connected", gateway.Adapter("one").GetProperty("state").GetString());
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_candidate_that_hangs_while_it_is_loaded_is_refused_at_its_bound_and_the_old_one_goes_on()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(
            folder, Three.Replace("\"disconnectSeconds\"", "\"loadSeconds\": 5, \"disconnectSeconds\"", StringComparison.Ordinal));
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("beside");
        var (web, one) = (Generation(gateway, "web"), Generation(gateway, "one"));
        folder.Write("more/Second/fault", "module initializer hangs");
        var report = Do(gateway, exitCode: 1);
        Assert.Equal(
            ["load-timeout", "load-timeout"],
            report.GetProperty("units").EnumerateArray().Where(static unit => unit.GetProperty("outcome").GetString() == "refused")
                .Select(static unit => unit.GetProperty("code").GetString()!));
        Assert.Equal((web, one), (Generation(gateway, "web"), Generation(gateway, "one")));
        await client.SendAsync("beside", "m", "m");
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_disk_that_hangs_ends_the_reload_and_stalls_nobody()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, Three);
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("beside");
        // A file that takes longer to read than anybody waits: all of it is a hole.
        using (var huge = File.Create(folder["more", "Second", "huge"])) huge.SetLength(1L << 40);
        var reload = Task.Factory.StartNew(
            () => Do(gateway, exitCode: 1), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Bound.Until(() => gateway.Said.Contains("Reload of", StringComparison.Ordinal), Bound.Command, () => gateway.Said);
        Assert.Equal("ready", gateway.Status().State);
        await client.SendAsync("beside", "m", "m");
        stream.WaitFor(1, Bound.Replies);
        Assert.Contains("a disk hangs", (await reload).GetProperty("refusal").GetString(), StringComparison.Ordinal);

        using (var huge = File.OpenWrite(folder["more", "Second", "huge"])) huge.SetLength(0);
        File.Delete(folder["more", "Second", "huge"]);
        Bound.Until(() => Command.Run(folder.Path, "reload", "--data", gateway.Data).ExitCode == 0, Bound.Command, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_default_file_that_has_gone_changes_nothing_and_is_refused_by_the_command_and_by_a_hangup()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder);
        folder.Write("plugins.json", Three);
        Do(gateway);
        File.Delete(folder["plugins.json"]);
        foreach (var id in (string[][])[[], ["one"], ["handler:default"]])
        {
            var report = Do(gateway, exitCode: 1, id);
            Assert.Contains("nothing was changed", report.GetProperty("refusal").GetString(), StringComparison.Ordinal);
            Assert.Contains("was not found", report.GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
        }

        var said = gateway.Said.Length;
        gateway.Send(Signal.Hangup);
        Bound.Until(() => gateway.Said[said..].Contains("nothing was changed", StringComparison.Ordinal), Bound.Command, () => gateway.Said);
        foreach (var id in (string[])["web", "one", "two"]) Assert.Equal("connected", gateway.Adapter(id).GetProperty("state").GetString());
        folder.Write("plugins.json", Three);
        Do(gateway);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_stop_during_a_reload_wins()
    {
        using var folder = Arranged();
        folder.Write("more/Second/fault", "disconnect hangs");
        using var gateway = GatewayProcess.StartReady(
            folder, Three.Replace("\"disconnectSeconds\": 2", "\"disconnectSeconds\": 5", StringComparison.Ordinal));
        File.Delete(folder["more", "Second", "fault"]);
        using var reload = ChildProcess.Start(Repository.Executable, ["reload", "--data", gateway.Data], folder.Path);
        Bound.Until(() => gateway.Said.Contains("gives way", StringComparison.Ordinal), Bound.Command, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
        Assert.Equal(1, reload.WaitForExit(Bound.Command));
        using var next = GatewayProcess.StartReady(folder, Three);
        Assert.Equal("ready", next.Status().State);
    }

    [Fact]
    public void Adapters_come_and_go_and_rest_and_what_needs_a_restart_is_said()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, Three);
        Assert.Equal(0, Command.Run(folder.Path, "adapter", "disable", "two", "--data", gateway.Data).ExitCode);
        folder.Write("plugins.json",
            Three.Replace("\"gateway\": {", "\"gateway\": { \"logLevel\": \"debug\", \"reconnect\": { \"capSeconds\": 9 },", StringComparison.Ordinal)
            .Replace("\"id\": \"one\"", "\"id\": \"three\"", StringComparison.Ordinal));
        var report = Do(gateway);
        Assert.Equal(
            ["handler:default unchanged connected", "one removed ", "three added connected", "two unchanged disabled", "web unchanged connected"],
            Units(report));
        Assert.Equal("gateway.logLevel", report.GetProperty("needsRestart")[0].GetString());
        Assert.Equal("gateway.reconnect", report.GetProperty("applied")[0].GetString());
        // It is shown until nothing of it is in memory any more.
        Bound.Until(
            () => gateway.Status().Json.GetProperty("adapters").EnumerateArray().Select(static adapter => adapter.GetProperty("id").GetString()!)
                .Order(StringComparer.Ordinal).SequenceEqual(["three", "two", "web"]),
            Bound.Command, () => gateway.Status().Json.ToString());
        Assert.Contains("There is no adapter 'one'", Command.Run(folder.Path, "adapter", "reconnect", "one", "--data", gateway.Data).Error,
            StringComparison.Ordinal);

        folder.Write("plugins.json", Three.Replace("\"id\": \"web\"", "\"enabled\": false, \"id\": \"web\"", StringComparison.Ordinal));
        Assert.Equal(
            ["handler:default unchanged connected", "one added connected", "three removed ", "two unchanged disabled", "web disabled disabled"],
            Units(Do(gateway)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, gateway.Answer("/chat"));
        folder.Write("plugins.json", Three);
        Assert.Equal(
            ["handler:default unchanged connected", "one unchanged connected", "two unchanged disabled", "web enabled connected"],
            Units(Do(gateway)));
        Assert.Equal(HttpStatusCode.OK, gateway.Answer("/chat"));

        Assert.Contains("'nobody'", Do(gateway, exitCode: 1, "nobody").GetProperty("refusal").GetString(), StringComparison.Ordinal);
        var table = Command.Run(folder.Path, "reload", "one", "--data", gateway.Data);
        Assert.True(table.ExitCode == 0 && table.Output.Contains("swapped", StringComparison.Ordinal), table.Said);
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>Posts one message after another until the end is asked for, each until it is accepted; returns how many.</summary>
    private static async Task<int> PostAsync(ChatClient client, string conversation, Action accepted, Action refused, CancellationToken end)
    {
        for (var m = 0; ; m++)
        {
            if (end.IsCancellationRequested) return m;
            while (await client.PostAsync(conversation, $"m{m}", $"m{m}") is var status && status != HttpStatusCode.Accepted)
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
                refused();
                await Task.Delay(10, CancellationToken.None);
            }

            accepted();
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static TempFolder Arranged()
    {
        var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        folder.Write("secret", "a secret");
        return folder;
    }

    private static JsonElement Do(GatewayProcess gateway, int exitCode = 0, params string[] more)
    {
        var command = Command.Run(Path.GetTempPath(), ["reload", "--json", "--data", gateway.Data, .. more]);
        Assert.True(command.ExitCode == exitCode, $"{command.Said}\n{gateway.Said}");
        return JsonDocument.Parse(command.Output).RootElement;
    }

    /// <summary>Id, outcome and state of each.</summary>
    private static string[] Units(JsonElement report) =>
    [
        .. report.GetProperty("units").EnumerateArray().Select(
            static unit => $"{unit.GetProperty("id").GetString()} {unit.GetProperty("outcome").GetString()} {unit.GetProperty("state").GetString()}")
            .Order(StringComparer.Ordinal),
    ];

    private static string State(GatewayProcess gateway, string id) => gateway.Adapter(id).GetProperty("state").GetString()!;

    private static long Generation(GatewayProcess gateway, string id) => gateway.Adapter(id).GetProperty("generation").GetInt64();
}
