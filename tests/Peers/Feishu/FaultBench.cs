using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>One platform, one process between, one gateway: started once, broken again and again.</summary>
public sealed class FaultBench : IDisposable
{
    public const int PongTimeoutSeconds = 2;

    private readonly TempFolder _folder = new();
    private GatewayProcess? _gateway;
    private Relay? _relay;

    internal FakePlatform Platform { get; } = new() { AckWithin = TimeSpan.FromSeconds(1) };

    internal Relay Relay
    {
        get
        {
            if (_relay is not null) return _relay;
            Platform.Start();
            _relay = new Relay(Platform.Port);
            Platform.FrontPort = _relay.Port;
            return _relay;
        }
    }

    /// <summary>Started when it is first asked for.</summary>
    internal GatewayProcess Gateway
    {
        get
        {
            _ = Relay;
            return _gateway ??= FeishuGateway.Start(_folder, Platform, Change);
        }
    }

    internal TempFolder Folder => _folder;

    /// <summary>On the same data and the same port.</summary>
    internal void StartGatewayAgain()
    {
        var port = _gateway!.Port;
        _gateway.Dispose();
        _gateway = FeishuGateway.Start(_folder, Platform, Change, port: port);
    }

    public void Dispose()
    {
        _gateway?.Dispose();
        _relay?.Dispose();
        Platform.Dispose();
        _folder.Dispose();
    }

    /// <summary>What is sent into silence is given up after its own time, longer than the silence is noticed in.</summary>
    private static void Change(JsonObject settings) => (settings["pongTimeoutSeconds"], settings["requestTimeoutSeconds"]) = (PongTimeoutSeconds, 5);
}
