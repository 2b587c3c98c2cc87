using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;
using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>One platform, one process between, one gateway, to be broken.</summary>
internal sealed class FaultFixture : IDisposable
{
    public const int PongTimeoutSeconds = 2;

    private readonly bool _byCallback;

    /// <param name="byCallback">True: events come over HTTP instead of the long connection.</param>
    public FaultFixture(bool byCallback)
    {
        _byCallback = byCallback;
        try
        {
            Platform.Start(FreePort.Next());
            Relay = new Relay(Platform.Port);
            Platform.FrontPort = Relay.Port;
            var port = FreePort.Next();
            if (byCallback) Platform.CallbackAddress = new Uri($"http://127.0.0.1:{port}/hooks/feishu");
            Gateway = FeishuGateway.Start(Folder, Platform, Change, port);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public FakePlatform Platform { get; } = new() { AckWithin = TimeSpan.FromSeconds(1) };

    public Relay Relay { get; }

    public GatewayProcess Gateway { get; private set; }

    public TempFolder Folder { get; } = new();

    /// <summary>On the same data and the same port.</summary>
    public void StartGatewayAgain()
    {
        var port = Gateway.Port;
        Gateway.Dispose();
        Gateway = FeishuGateway.Start(Folder, Platform, Change, port: port);
    }

    public void Dispose()
    {
        Gateway?.Dispose();
        Relay?.Dispose();
        Platform.Dispose();
        Folder.Dispose();
    }

    /// <summary>What is sent into silence is given up after its own time, longer than the silence is noticed in.</summary>
    private void Change(JsonObject settings)
    {
        (settings["pongTimeoutSeconds"], settings["requestTimeoutSeconds"]) = (PongTimeoutSeconds, 5);
        if (_byCallback) settings["receive"] = "callback";
    }
}
