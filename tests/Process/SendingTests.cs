using System.Net;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Messages that answer nothing, from a shell and from a program; and what one can hear and count of them.</summary>
public sealed class SendingTests
{
    [Fact]
    public async Task A_message_from_outside_is_owed_once_for_its_key_delivered_and_its_outcome_can_be_asked_for()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var api = new ApiClient(gateway.Address);
        using var chat = new ChatClient(gateway.Address);
        using var stream = chat.Listen("outside");

        var first = await api.PostAsync(new { to = "web:outside", text = "From a program", key = "p-1" });
        var again = await api.PostAsync(new { adapter = "web", chat = "outside", text = "From a program", key = "p-1" });
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (first.Status, again.Status));
        var id = first.Json.GetProperty("id").GetString()!;
        Assert.Equal(id, again.Json.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await api.PostAsync(new { to = "web:outside", text = "Another text", key = "p-1" })).Status);

        var unknown = await api.PostAsync(new { to = "nope:outside", text = "t", key = "p-2" });
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Contains("'web'", unknown.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        foreach (var wrong in (object[])[new { to = "web:o", text = "t" }, new { to = "web:o", key = "k" }, new { to = "web", text = "t", key = "k" },
            new { to = "web:o", text = "t", key = "m1" }, new { to = "web:o", text = 1, key = "k" },
            new { to = "web:o", text = "t", key = "k", nope = "" }])
            Assert.Equal(HttpStatusCode.BadRequest, (await api.PostAsync(wrong)).Status);

        api.WaitFor("p-1", "delivered");
        api.WaitFor(id, "delivered");
        Assert.Equal(HttpStatusCode.NotFound, (await api.GetAsync("/api/messages/p-2")).Status);
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal(["From a program"], stream.Replies.Select(static reply => reply.Text));

        var sent = Send(gateway, 0, "--to", "web:outside", "From a shell", "--key", "s-1", "--wait");
        Assert.Contains("is delivered", sent.Output, StringComparison.Ordinal);
        Assert.Contains("is delivered", Send(gateway, 0, "--status", "s-1").Output, StringComparison.Ordinal);
        var json = JsonDocument.Parse(Send(gateway, 0, "--to", "web:outside", "From a shell", "--key", "s-1", "--json").Output).RootElement;
        Assert.Equal("delivered", json.GetProperty("message").GetProperty("state").GetString());
        Assert.Contains("'web'", Send(gateway, 1, "--to", "nope:outside", "text").Error, StringComparison.Ordinal);
        Assert.Contains("another message", Send(gateway, 1, "--to", "web:outside", "Something else", "--key", "s-1").Error, StringComparison.Ordinal);
        Assert.Contains("--to ADAPTER:CHAT", Send(gateway, 1, "text").Error, StringComparison.Ordinal);
        stream.WaitFor(2, Bound.Replies);
        Assert.Equal(2, stream.Replies.Count);
        var status = gateway.Status();
        status.AssertBalances();
        Assert.Equal((2, 2), (status.Outbound("owed"), status.Outbound("delivered")));
    }

    [Fact]
    public void A_send_to_a_suspended_gateway_says_its_key_first_and_that_the_outcome_is_unknown_and_repeated_with_the_key_arrives_once()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        gateway.Send(Signal.Stop);
        var cutOff = Command.Run(folder.Path, "send", "--to", "web:suspended", "once", "--data", gateway.Data);
        gateway.Send(Signal.Continue);
        Assert.Equal(1, cutOff.ExitCode);
        Assert.StartsWith("key ", cutOff.Error, StringComparison.Ordinal);
        Assert.Contains("It is unknown whether the message was taken", cutOff.Error, StringComparison.Ordinal);
        var key = cutOff.Error.Split('\n')[0]["key ".Length..];
        Assert.Contains($"send --status {key}", cutOff.Error, StringComparison.Ordinal);

        Command repeated = null!;
        Bound.Until(
            () => (repeated = Command.Run(
                folder.Path, "send", "--to", "web:suspended", "once", "--key", key, "--wait", "--data", gateway.Data)).ExitCode == 0,
            Bound.Replies, () => repeated.Said);
        Assert.Equal(1, gateway.Status().Outbound("owed"));
        // It answers nobody's message.
        Assert.Contains(
            "sent from outside", Command.Run(folder.Path, "outbox", "show", "1", "--data", gateway.Data).Output, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task Outbox_show_of_a_message_from_outside_says_where_it_came_from_with_its_key_and_text()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var api = new ApiClient(gateway.Address);
        Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(new { to = "web:c", text = "From a program", key = "p-1" })).Status);
        Send(gateway, 0, "--to", "web:c", "From a shell", "--key", "s-1", "--wait");
        api.WaitFor("p-1", "delivered");
        foreach (var (id, key, text) in ((string, string, string)[])[("1", "p-1", "From a program"), ("2", "s-1", "From a shell")])
        {
            var shown = Command.Run(folder.Path, "outbox", "show", id, "--data", gateway.Data).Output;
            Assert.Contains("sent from outside", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("answers inbox message", shown, StringComparison.Ordinal);
            Assert.Contains(key, shown, StringComparison.Ordinal);
            Assert.Contains(text, shown, StringComparison.Ordinal);
            var json = JsonDocument.Parse(Command.Run(folder.Path, "outbox", "show", id, "--json", "--data", gateway.Data).Output).RootElement;
            Assert.Equal((0, text), (json.GetProperty("message").GetProperty("inboxId").GetInt64(), json.GetProperty("text").GetString()));
        }
    }

    [Fact]
    public async Task A_message_owed_through_an_adapter_that_is_down_survives_a_kill_and_is_delivered_once_when_it_is_up()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        const string configuration = """
            { "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat", "enabled": ENABLED }, { "id": "second", "plugin": "Second" } ] }
            """;
        using (var gateway = GatewayProcess.StartReady(folder, configuration.Replace("ENABLED", "false", StringComparison.Ordinal)))
        {
            using var api = new ApiClient(gateway.Address);
            Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(new { to = "web:later", text = "Owed", key = "k" })).Status);
            Assert.Equal("pending", (await api.GetAsync("/api/messages/k")).Json.GetProperty("state").GetString());
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, configuration.Replace("ENABLED", "true", StringComparison.Ordinal));
        using var again = new ApiClient(next.Address);
        using var chat = new ChatClient(next.Address);
        using var stream = chat.Listen("later");
        again.WaitFor("k", "delivered");
        Assert.Equal(HttpStatusCode.OK, (await again.PostAsync(new { to = "web:later", text = "Owed", key = "k" })).Status);
        stream.WaitFor(1, Bound.Replies);
        Assert.Single(stream.Replies);
    }

    [Fact]
    public async Task The_program_of_the_documentation_hears_a_message_and_answers_it()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var program = Python.StartFrom(folder, "host/Web/README.md", [gateway.Address.AbsoluteUri.TrimEnd('/')]);
        using var api = new ApiClient(gateway.Address);
        using var chat = new ChatClient(gateway.Address);
        using var stream = chat.Listen("program");
        Bound.Until(() => api.TextAsync("/metrics").GetAwaiter().GetResult().Contains("gateway_http_event_streams 2\n", StringComparison.Ordinal),
            Bound.Start, () => program.Said);
        await chat.SendAsync("program", "1", "!ping");
        stream.WaitFor(2, Bound.Replies);
        Assert.Equal(["!ping", "Heard !ping"], stream.Replies.Select(static reply => reply.Text).Order(StringComparer.Ordinal));
        Bound.Until(() => program.StandardOutput.Any(static line => line.StartsWith('m')), Bound.Replies, () => program.Said);
    }

    [Fact]
    public async Task Events_tell_of_a_message_from_its_acceptance_to_its_delivery_resume_after_an_id_and_tell_of_a_gap()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var chat = new ChatClient(gateway.Address);
        using var events = new EventLines(gateway.Address, "/api/events");
        events.WaitUntilOpen();
        await chat.SendAsync("heard", "1", "Hello");
        events.WaitFor("event: delivered");
        string[] names = [
            .. events.Lines.Where(static line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(static line => line[7..])];
        Assert.Equal(["accepted", "delivered", "handled"], names.Order(StringComparer.Ordinal));
        Assert.Equal("accepted", names[0]);
        var accepted = JsonDocument.Parse(events.Lines.First(static line => line.StartsWith("data: ", StringComparison.Ordinal))[6..]).RootElement;
        Assert.Equal(("web", "heard", "Hello", "in"), (accepted.GetProperty("adapter").GetString(), accepted.GetProperty("chat").GetString(),
            accepted.GetProperty("text").GetString(), accepted.GetProperty("direction").GetString()));

        var first = events.Lines.First(static line => line.StartsWith("id: ", StringComparison.Ordinal))[4..];
        using var resumed = new EventLines(gateway.Address, $"/api/events?after={first}");
        resumed.WaitFor("event: delivered");
        Assert.DoesNotContain("event: accepted", resumed.Lines);
        Assert.DoesNotContain("event: gap", resumed.Lines);
        using var lost = new EventLines(gateway.Address, "/api/events?after=another-1");
        lost.WaitFor("event: accepted");
        Assert.Equal("event: gap", lost.Lines.First(static line => line.StartsWith("event: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_figure_is_written_as_prometheus_reads_it_and_calls_are_counted()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var api = new ApiClient(gateway.Address);
        using var chat = new ChatClient(gateway.Address);
        using var stream = chat.Listen("counted");
        for (var i = 0; i < 5; i++) await chat.SendAsync("counted", $"{i}", "count me");
        stream.WaitFor(5, Bound.Replies);
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);

        var text = "";
        Bound.Until(
            () => (text = api.TextAsync("/metrics").GetAwaiter().GetResult()).Contains(
                "gateway_outbound_messages_total{outcome=\"delivered\"} 5\n", StringComparison.Ordinal), Bound.Replies, () => text);
        var figures = Exposition.Read(text);
        Assert.Equal(5, figures["gateway_calls_total{id=\"web\",kind=\"adapter\",operation=\"send\",outcome=\"completed\"}"]);
        Assert.Equal(5, figures["gateway_calls_total{id=\"handler:default\",kind=\"handler\",operation=\"turn\",outcome=\"completed\"}"]);
        Assert.Equal(5, figures["gateway_call_seconds_count{id=\"web\",kind=\"adapter\",operation=\"send\"}"]);
        Assert.Equal(5, figures["gateway_inbound_messages_total{outcome=\"accepted\"}"]);
        Assert.Equal((1, 0), (figures["gateway_balance_exact"], figures["gateway_outbound_pending"]));
        Assert.Equal(1, figures["gateway_unit_state{id=\"web\",kind=\"adapter\",plugin=\"WebChat\",state=\"connected\"}"]);
        Assert.True(figures["gateway_store_commits_total"] > 0);
        Assert.True(figures["gateway_http_answers_total{code=\"2xx\"}"] > 5);
    }

    private static Command Send(GatewayProcess gateway, int exitCode, params string[] arguments)
    {
        var command = Command.Run(Path.GetTempPath(), ["send", "--data", gateway.Data, .. arguments]);
        Assert.True(command.ExitCode == exitCode, command.Said);
        return command;
    }
}
