using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;
using PluginGateway.PeerTests.Feishu;
using PluginGateway.PeerTests.Servers;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.PeerTests.Telegram;

namespace PluginGateway.PeerTests.Life;

/// <summary>One gateway on three platforms, on which nobody says anything.</summary>
internal sealed class ThreePlatforms : IDisposable
{
    public static readonly string[] Ids = ["tg", "feishu", "irc"];

    private readonly TempFolder _folder = new();

    /// <param name="settings">What each adapter is set to beside where its server is; none: all at their defaults.</param>
    /// <param name="gateway">What the gateway is set to.</param>
    public ThreePlatforms(IReadOnlyDictionary<string, JsonObject>? settings = null, JsonObject? gateway = null)
    {
        try
        {
            Front = new Relay(Telegram.Port);
            Telegram.Add(TelegramGateway.Token);
            Feishu.Start();
            Irc = IrcServer.Ngircd();
            JsonObject[] adapters =
            [
                Adapter("tg", "Telegram", new JsonObject { ["token"] = TelegramGateway.Token, ["apiUrl"] = $"http://127.0.0.1:{Front.Port}" }),
                Adapter("feishu", "Feishu", new JsonObject
                {
                    ["appId"] = Feishu.AppId,
                    ["appSecret"] = "${env:FEISHU_SECRET}",
                    ["baseUrl"] = Feishu.Address.ToString().TrimEnd('/')
                }),
                Adapter("irc", "Irc", new JsonObject { ["server"] = "127.0.0.1", ["port"] = Irc.Port, ["tls"] = false, ["nick"] = IrcGateway.Nick }),
            ];
            Gateway = GatewayProcess.StartReady(
                _folder, new JsonObject { ["gateway"] = gateway ?? [], ["adapters"] = new JsonArray([.. adapters]) }.ToJsonString(),
                environment: FeishuGateway.Secrets(Feishu));
            foreach (var id in Ids) Gateway.AwaitState("connected", id);
        }
        catch
        {
            Dispose();
            throw;
        }

        JsonObject Adapter(string id, string plugin, JsonObject own)
        {
            foreach (var (key, value) in settings?.GetValueOrDefault(id) ?? []) own[key] = value?.DeepClone();
            return new JsonObject { ["id"] = id, ["plugin"] = plugin, ["settings"] = own };
        }
    }

    public BotServer Telegram { get; } = new();

    /// <summary>The process between the gateway and Telegram.</summary>
    public Relay Front { get; }

    public FakePlatform Feishu { get; } = new();

    public IrcServer Irc { get; }

    public GatewayProcess Gateway { get; }

    /// <summary>Connections and requests are taken and never answered; every connection stays open.</summary>
    public void Silence()
    {
        Front.Send(Signal.Stop);
        Feishu.IsSilent = true;
        Irc.Send(Signal.Stop);
    }

    public void Mend(string id)
    {
        if (id == "tg") Front.Send(Signal.Continue);
        else if (id == "feishu") Feishu.IsSilent = false;
        else Irc.Send(Signal.Continue);
    }

    public void Dispose()
    {
        Gateway?.Dispose();
        Front?.Dispose();
        Irc?.Dispose();
        Feishu.Dispose();
        Telegram.Dispose();
        _folder.Dispose();
    }
}
