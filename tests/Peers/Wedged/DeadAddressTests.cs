using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using PluginGateway.FakeFeishu;
using PluginGateway.PeerTests.Servers;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.PeerTests.Telegram;

namespace PluginGateway.PeerTests.Wedged;

/// <summary>A name with an IPv6 address that swallows what is sent to it, before an IPv4 address that works.</summary>
public sealed class DeadAddressTests
{
    private const string Name = "localhost";
    private const string Answer = "from the backend";

    [Fact]
    public async Task A_dead_address_of_a_name_keeps_no_adapter_and_no_backend_from_its_server()
    {
        using var folder = new TempFolder();
        using var telegram = new BotServer();
        var bot = telegram.Add(TelegramGateway.Token);
        using var feishu = new FakePlatform { Host = Name };
        feishu.Start();
        using var ircd = IrcServer.Ngircd();
        await using var backend = await StartBackendAsync();
        var backendPort = new Uri(backend.Urls.Single()).Port;
        using var dead = new DeafPorts(telegram.Port, feishu.Port, ircd.Port, backendPort);

        // Its own /etc/hosts, in a mount namespace of its own.
        var hosts = folder.Write("hosts", $"::1 {Name}\n127.0.0.1 {Name}\n");
        string[] behind = ["unshare", "--mount", "sh", "-c", $"mount --bind '{hosts}' /etc/hosts && exec \"$@\"", "sh"];
        using (var trial = ChildProcess.Start(behind[0], [.. behind[1..], "true"], folder.Path))
        {
            if (trial.WaitForExit(Bound.Command) != 0) Installed.Missing($"A name with two addresses needs a mount namespace: {trial.Said}");
        }

        using var gateway = GatewayProcess.StartBehind(folder, behind, Configuration(telegram, feishu, ircd.Port, backendPort));
        foreach (var id in (string[])["tg", "feishu", "irc"]) gateway.AwaitState("connected", id);
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        ann.Besides = () => gateway.Said;
        bot.Say(501, "hello");
        feishu.Say("oc_1", "hello");
        ann.Say(IrcGateway.Nick, "hello");
        ann.AwaitHeard(IrcGateway.Nick, "ann", Answer);
        Bound.Until(() => bot.TextsIn(501).Contains(Answer) && feishu.TextsIn("oc_1").Contains(Answer), Bound.Replies, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    private static string Configuration(BotServer telegram, FakePlatform feishu, int irc, int backend)
    {
        static JsonObject Adapter(string id, string plugin, JsonObject settings) =>
            new() { ["id"] = id, ["plugin"] = plugin, ["allow"] = new JsonObject { ["users"] = new JsonArray("*") }, ["settings"] = settings };

        return new JsonObject
        {
            ["gateway"] = new JsonObject { ["reconnect"] = new JsonObject { ["capSeconds"] = 2 } },
            ["handler"] = new JsonObject
            {
                ["plugin"] = "Webhook",
                ["settings"] = new JsonObject { ["url"] = $"http://{Name}:{backend}/", ["secret"] = "a-secret-of-the-tests" },
            },
            ["adapters"] = new JsonArray(
                Adapter("tg", "Telegram", new()
                {
                    ["token"] = TelegramGateway.Token, ["apiUrl"] = $"http://{Name}:{telegram.Port}", ["pollSeconds"] = 2,
                }),
                Adapter("feishu", "Feishu", new()
                {
                    ["baseUrl"] = feishu.Address.ToString().TrimEnd('/'), ["appId"] = feishu.AppId, ["appSecret"] = feishu.AppSecret,
                    ["reconnectSpreadSeconds"] = 0,
                }),
                Adapter("irc", "Irc", new()
                {
                    ["server"] = Name, ["port"] = irc, ["tls"] = false, ["nick"] = IrcGateway.Nick, ["channels"] = new JsonArray("#test"),
                })),
        }.ToJsonString();
    }

    private static async Task<WebApplication> StartBackendAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static options => options.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(static call => call.Response.WriteAsync($$"""{"replies":[{"text":"{{Answer}}"}]}"""));
        await app.StartAsync();
        return app;
    }

    /// <summary>Ports at the IPv6 address that take no connection.</summary>
    private sealed class DeafPorts(params int[] ports) : IDisposable
    {
        private readonly DeafPort[] _ports = [.. ports.Select(static port => new DeafPort(IPAddress.IPv6Loopback, port))];

        public void Dispose()
        {
            foreach (var port in _ports) port.Dispose();
        }
    }
}
