using System.Net;
using System.Text;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>The adapters that come with the gateway, as neighbours of their own earlier contexts.</summary>
public sealed class ShippedAdapterTests
{
    private const int Reloads = 3;

    /// <summary>Longer than a clean context may take.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    [Fact]
    public void None_of_them_keeps_a_context_that_a_reload_has_replaced()
    {
        using var folder = new TempFolder();
        using var api = new HttpListener();
        var port = FreePort.Next();
        api.Prefixes.Add($"http://127.0.0.1:{port}/");
        api.Start();
        new Thread(() => Serve(api)) { IsBackground = true }.Start();
        using var gateway = GatewayProcess.StartReady(folder, Configured(port, 0));
        AwaitConnected(gateway);
        for (var reload = 1; reload <= Reloads; reload++)
        {
            folder.Write("plugins.json", Configured(port, reload));
            Command.Run(folder.Path, "reload", "--data", gateway.Data);
            AwaitConnected(gateway);
        }

        Thread.Sleep(Settling);
        Bound.Until(() => Pending(gateway).Length == 0, Bound.Command, () => string.Join(", ", Pending(gateway)));
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>IRC and Feishu find nobody: what they are made of is loaded, created and tried all the same.</summary>
    private static string Configured(int port, int reload) => $$"""
        { "gateway": { "reconnect": { "capSeconds": 1 } },
          "handler": { "plugin": "Webhook", "settings": { "url": "http://127.0.0.1:{{port}}/", "secret": "0123456789abcdef", "timeoutSeconds": {{10 + reload}} } },
          "adapters": [
            { "id": "web", "plugin": "WebChat", "settings": { "maxTextLength": {{1000 + reload}} }, "timeouts": { "sendSeconds": {{20 + reload}} } },
            { "id": "tg", "plugin": "Telegram", "settings": { "token": "12345678:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "apiUrl": "http://127.0.0.1:{{port}}", "pollSeconds": {{2 + reload}} } },
            { "id": "irc", "plugin": "Irc", "settings": { "server": "127.0.0.1", "port": 1, "tls": false, "nick": "bot{{reload}}" } },
            { "id": "lark", "plugin": "Feishu", "settings": { "appId": "cli_{{reload}}", "appSecret": "a secret", "baseUrl": "http://127.0.0.1:{{port}}" } } ] }
        """;

    private static void AwaitConnected(GatewayProcess gateway) =>
        Bound.Until(() => gateway.Adapter("tg").GetProperty("state").GetString() is "connected" or "degraded", Bound.Start,
            () => $"{gateway.Status().Json}\n{gateway.Said}");

    private static string[] Pending(GatewayProcess gateway) =>
    [
        .. JsonDocument.Parse(Command.Run(Path.GetTempPath(), "plugins", "--json", "--data", gateway.Data, "--config",
            Path.Combine(Path.GetDirectoryName(gateway.Data)!, "plugins.json")).Output).RootElement
            .EnumerateArray().SelectMany(static plugin => plugin.GetProperty("usedBy").EnumerateArray())
            .Select(static use => use.GetProperty("running"))
            .Where(static running => running.ValueKind == JsonValueKind.Object && running.GetProperty("unloadsPending").GetInt32() > 0)
            .Select(static running => running.ToString()),
    ];

    /// <summary>A Bot API that has nothing to say.</summary>
    private static void Serve(HttpListener api)
    {
        try
        {
            while (true)
            {
                var context = api.GetContext();
                new Thread(() => Answer(context)) { IsBackground = true }.Start();
            }
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private static void Answer(HttpListenerContext context)
    {
        try
        {
            var verb = context.Request.Url!.AbsolutePath.Split('/')[^1];
            if (verb == "getUpdates") Thread.Sleep(2000);
            var result = verb switch
            {
                "getMe" => """{"id":1,"is_bot":true,"first_name":"t","username":"testbot"}""",
                "getUpdates" => "[]",
                "getWebhookInfo" => """{"url":"","has_custom_certificate":false,"pending_update_count":0}""",
                _ => "true",
            };
            context.Response.ContentType = "application/json";
            context.Response.Close(Encoding.UTF8.GetBytes($$"""{"ok":true,"result":{{result}}}"""), willBlock: true);
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or IOException)
        {
            // It asks no more.
        }
    }
}
