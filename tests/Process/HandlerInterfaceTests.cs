using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Optional interfaces of handlers, in the gateway's process and in one of their own: settings that are validated, a start, and HTTP.</summary>
public sealed class HandlerInterfaceTests
{
    private const string Id = "handler:default";

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task Settings_that_a_handler_refuses_are_named_by_check_and_park_it_and_its_messages_wait_for_the_right_ones(string isolation)
    {
        using var folder = new TempFolder();
        Provide(folder, "open");
        var plan = Plan(isolation);
        plan["handler"]!["settings"] = new JsonObject { ["greting"] = "Hi" };
        var config = folder.Write("plugins.json", plan.ToJsonString());
        var check = Command.Run(folder.Path, "check", "--run-plugins", "--config", config, "--data", folder["data"]);
        Assert.Equal(78, check.ExitCode);
        Assert.Contains("error: handler.settings.gr", check.Output, StringComparison.Ordinal);

        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        AwaitState(gateway, "parked", "invalid-settings");
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        await chat.SendAsync("room", "1", "hello");
        Assert.Equal(1, gateway.Status().Inbound("pending"));
        Reload(folder, gateway, Plan(isolation));
        replies.WaitFor(1, Bound.Replies);
        Assert.Equal("Hi hello, 1 start", replies.Replies.Single().Text);
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_handler_whose_start_fails_starts_again_and_gets_its_first_turn_after_a_start_that_has_ended_well(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan(isolation).ToJsonString());
        AwaitState(gateway, null, "backend-away");
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        await chat.SendAsync("room", "1", "hello");
        Assert.Equal(1, gateway.Status().Inbound("pending"));
        Provide(folder, "open");
        replies.WaitFor(1, Bound.Replies);
        // One start of each generation.
        Assert.Equal("Hi hello, 1 start", replies.Replies.Single().Text);
        AwaitState(gateway, "connected", null);
        gateway.Await(static status => status.IsIdle, Bound.Replies).AssertBalances();
        AwaitSaid(gateway, "The backend is away.");

        Provide(folder, "silent");
        var plan = Plan(isolation);
        (plan["handler"]!["settings"]!["greeting"], plan["handler"]!["timeouts"]!["connectSeconds"]) = ("Ho", 1);
        Reload(folder, gateway, plan, isApplied: null);
        AwaitState(gateway, null, "start-timeout");
        AwaitSaid(gateway, "start did not finish within 1");
        await chat.SendAsync("room", "2", "again");
        Provide(folder, "open");
        replies.WaitFor(2, Bound.Replies);
        Assert.Equal("Ho again, 1 start", replies.Replies[1].Text);
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_handler_answers_http_under_its_id_within_its_deadline_and_not_while_it_is_away(string isolation)
    {
        using var folder = new TempFolder();
        Provide(folder, "open");
        using var gateway = GatewayProcess.StartReady(folder, Plan(isolation).ToJsonString());
        AwaitState(gateway, "connected", null);
        using var api = new HttpClient { BaseAddress = gateway.Address };
        using (var posted = await api.PostAsync("/hooks/handler:default/a/b", new StringContent("text")))
        {
            Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
            var told = JsonDocument.Parse(await posted.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal(("POST", "/a/b", "text", 1), (told.GetProperty("method").GetString(), told.GetProperty("path").GetString(),
                told.GetProperty("body").GetString(), told.GetProperty("starts").GetInt32()));
        }

        Assert.Equal(HttpStatusCode.BadGateway, await StatusOf(api, "/fail"));
        Assert.Equal(HttpStatusCode.GatewayTimeout, await StatusOf(api, "/hang"));
        AwaitSaid(gateway, "Handler 'handler:default': a GET request was not answered in time");
        AwaitSaid(gateway, "http did not finish within 2");

        Provide(folder, "closed");
        var plan = Plan(isolation);
        plan["handler"]!["settings"]!["greeting"] = "Ho";
        Reload(folder, gateway, plan, isApplied: null);
        AwaitState(gateway, "parked", "backend-closed");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusOf(api, ""));
        Provide(folder, "open");
        plan["handler"]!["plugin"] = "Echo";
        plan["handler"]!["settings"] = new JsonObject();
        Reload(folder, gateway, plan);
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(api, ""));
        Assert.Equal(0, gateway.Stop());
    }

    private static async Task<HttpStatusCode> StatusOf(HttpClient api, string path)
    {
        using var answer = await api.GetAsync(new Uri("/hooks/handler:default" + path, UriKind.Relative));
        return answer.StatusCode;
    }

    private static void AwaitSaid(GatewayProcess gateway, string part) =>
        Bound.Until(() => gateway.Said.Contains(part, StringComparison.Ordinal), Bound.Command, () => gateway.Said);

    private static JsonNode Plan(string isolation)
    {
        var handler = new JsonObject
        {
            ["plugin"] = "Rich",
            ["isolation"] = isolation,
            ["settings"] = new JsonObject { ["greeting"] = "Hi" },
            ["timeouts"] = new JsonObject { ["httpSeconds"] = 2 },
        };
        var plan = JsonNode.Parse(Plans.With([], timeouts: new JsonObject { ["loadSeconds"] = 60 }, handler: handler))!;
        plan["gateway"]!["reconnect"] = new JsonObject { ["firstSeconds"] = 0.2, ["capSeconds"] = 0.2 };
        return plan;
    }

    /// <summary>Sets the state of the handler's backend.</summary>
    private static void Provide(TempFolder folder, string state)
    {
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var own = folder["data"];
        foreach (var name in (string[])["", "handlers", Id]) Directory.CreateDirectory(own = Path.Combine(own, name), Own);
        File.WriteAllText(Path.Combine(own, "draft"), state);
        File.Move(Path.Combine(own, "draft"), Path.Combine(own, "backend"), overwrite: true);
    }

    private static void Reload(TempFolder folder, GatewayProcess gateway, JsonNode plan, bool? isApplied = true)
    {
        folder.Write("plugins.json", plan.ToJsonString());
        var reload = Command.Run(folder.Path, "reload", "--data", gateway.Data);
        if (isApplied is { } applied) Assert.True(applied == (reload.ExitCode == 0), reload.Said);
    }

    /// <summary>Waits for a state of the handler and the code of its reason; null: of any state, without a code.</summary>
    private static void AwaitState(GatewayProcess gateway, string? state, string? code)
    {
        Bound.Until(IsSo, Bound.Start, () => $"It is not {state} {code}.\n{gateway.Said}");

        bool IsSo()
        {
            var status = gateway.Status().Json;
            if (!status.TryGetProperty("handlers", out var handlers) || handlers.ValueKind != JsonValueKind.Array) return false;
            foreach (var handler in handlers.EnumerateArray().Where(static one => one.GetProperty("id").GetString() == Id))
            {
                var told = handler.TryGetProperty("code", out var value) ? value.GetString() : null;
                return (state is null || handler.GetProperty("state").GetString() == state) && told == code;
            }

            return false;
        }
    }
}
