using System.Text;
using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>A gateway with one Feishu adapter, called <c>feishu</c>, beside the chat page. Its secrets come from the environment.</summary>
internal static class FeishuGateway
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    public static GatewayProcess Start(
        TempFolder folder, FakePlatform platform, Action<JsonObject>? change = null, int? port = null, JsonObject? handler = null,
        JsonObject? allow = null)
    {
        return GatewayProcess.StartReady(folder, Configuration(platform, change, handler, allow), port, Secrets(platform));
    }

    public static string Configuration(FakePlatform platform, Action<JsonObject>? change = null, JsonObject? handler = null, JsonObject? allow = null)
    {
        var settings = new JsonObject
        {
            ["baseUrl"] = platform.Address.ToString().TrimEnd('/'),
            ["appId"] = platform.AppId,
            ["appSecret"] = "${env:FEISHU_SECRET}",
            ["encryptKey"] = "${env:FEISHU_ENCRYPT_KEY}",
            ["verificationToken"] = "${env:FEISHU_VERIFICATION_TOKEN}",
            ["pingSeconds"] = 1,
            ["pongTimeoutSeconds"] = 30, // far above what a busy machine needs; where silence is the subject it is 2
            ["reconnectSpreadSeconds"] = 0,
        };
        change?.Invoke(settings);
        var adapter = new JsonObject
        {
            ["id"] = "feishu",
            ["plugin"] = "Feishu",
            ["settings"] = settings,
            ["allow"] = allow ?? new JsonObject { ["users"] = new JsonArray("*"), ["chats"] = new JsonArray("*") }
        };
        return new JsonObject
        {
            ["gateway"] = new JsonObject { ["pluginPaths"] = new JsonArray("more"), ["reconnect"] = new JsonObject { ["capSeconds"] = 2 } },
            ["handler"] = handler ?? new JsonObject { ["plugin"] = "Echo" },
            ["adapters"] = new JsonArray(adapter, new JsonObject { ["id"] = "web", ["plugin"] = "WebChat" }),
        }.ToJsonString();
    }

    public static Dictionary<string, string> Secrets(FakePlatform platform) => new()
    {
        ["FEISHU_SECRET"] = platform.AppSecret,
        ["FEISHU_ENCRYPT_KEY"] = platform.EncryptKey,
        ["FEISHU_VERIFICATION_TOKEN"] = platform.VerificationToken,
    };

    /// <summary>Waits until everything that was said has been answered, each once; in the order in which it was said, unless some had to be pushed
    /// again.</summary>
    public static void AwaitAnswers(
        this GatewayProcess gateway, FakePlatform platform, IEnumerable<(string Chat, string Text)> said, bool inOrder = true)
    {
        var expected = said.ToArray();
        var chats = expected.Select(static one => one.Chat).ToHashSet();
        int Answered() => platform.Messages.Count(message => chats.Contains(message.Chat));
        Bound.Until(() => Answered() >= expected.Length, Bound.Replies,
            () => $"{Answered()} of {expected.Length} are answered. The gateway said:\n{gateway.Said}");
        foreach (var chat in chats)
        {
            var (asked, answered) = (expected.Where(one => one.Chat == chat).Select(static one => one.Text), platform.TextsIn(chat));
            Assert.Equal(inOrder ? asked : asked.Order(StringComparer.Ordinal), inOrder ? answered : answered.Order(StringComparer.Ordinal));
        }
    }

    /// <summary>Waits until nothing is pending; then the gateway's own books balance: everything accepted was handled, everything owed delivered.
    /// Gives what was accepted.</summary>
    public static int AwaitBalance(this GatewayProcess gateway)
    {
        Dictionary<string, double> figures = [];
        double Of(string family, string outcome) => figures[$"gateway_{family}_messages_total{{outcome=\"{outcome}\"}}"];
        bool IsIdle()
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, "/metrics"));
                using var response = Http.Send(request);
                using var text = new StreamReader(response.Content.ReadAsStream());
                figures = Exposition.Read(text.ReadToEnd());
                return figures["gateway_inbound_pending"] == 0 && figures["gateway_outbound_pending"] == 0;
            }
            catch (Exception late) when (late is HttpRequestException or OperationCanceledException or IOException)
            {
                return false;
            }
        }

        Bound.Until(IsIdle, Bound.Replies, () => $"something is pending:\n{gateway.Said}");
        Assert.Equal((Of("inbound", "accepted"), 0), (Of("inbound", "handled"), Of("inbound", "parked")));
        Assert.Equal((Of("outbound", "owed"), 0, 0), (Of("outbound", "delivered"), Of("outbound", "rejected"), Of("outbound", "parked")));
        return (int)Of("inbound", "accepted");
    }

    /// <summary>Nothing that was secret is in what the executable wrote, wherever it wrote it.</summary>
    public static void AssertNoSecret(TempFolder folder, FakePlatform platform, params string[] said)
    {
        byte[][] secrets = [.. platform.Secrets.Select(Encoding.UTF8.GetBytes)];
        Assert.True(secrets.Length >= 5);
        foreach (var text in said) Assert.All(platform.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        var files = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Where(static file => (File.GetUnixFileMode(file) & UnixFileMode.UserRead) != 0 && new FileInfo(file).Length > 0).ToArray();
        Assert.Contains(files, static file => file.EndsWith(".db", StringComparison.Ordinal) || file.Contains("gateway", StringComparison.Ordinal));
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            Assert.True(Array.TrueForAll(secrets, secret => bytes.AsSpan().IndexOf(secret) < 0), $"a secret stands in {file}");
        }
    }
}
