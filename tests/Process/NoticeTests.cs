using System.Diagnostics;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Shutdown notices, in the real executable.</summary>
public sealed class NoticeTests
{
    [Acceptance(2)]
    [Original("_bounded_shutdown_send")]
    [Theory]
    [InlineData("send")]
    [InlineData("send-sync")]
    public async Task Each_place_is_told_once_and_a_notice_that_hangs_costs_its_bound_and_a_warning(string hangs)
    {
        using var folder = new TempFolder();
        var configuration = Configuration(hangs);
        using (var gateway = GatewayProcess.StartReady(folder, configuration))
        {
            using var client = new ChatClient(gateway.Address);
            using var talk = client.Listen("talk");
            using var home = client.Listen("home");
            talk.WaitUntilOpen();
            home.WaitUntilOpen();
            // Its turn runs from here to the end.
            await client.SendAsync("talk", "m1", "think about this");
            Thread.Sleep(500);

            var clock = Stopwatch.StartNew();
            Assert.True(gateway.Stop() == 0, gateway.Said);
            Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), Bound.Stop);
            Assert.True(
                gateway.Said.Contains("Stop: of the notices through 'stuck' 0 arrived, 2 had no result", StringComparison.Ordinal), gateway.Said);
            foreach (var stream in (ChatStream[])[talk, home])
            {
                stream.WaitFor(1, Bound.Replies);
                Assert.Equal("bye", Assert.Single(stream.Replies).Text);
            }
        }

        using var report = JsonDocument.Parse(File.ReadAllText(folder["data", "shutdown.json"]));
        var notices = report.RootElement.GetProperty("notices").EnumerateArray().ToDictionary(n => n.GetProperty("id").GetString()!);
        Assert.Equal((2, 0), (notices["web"].GetProperty("told").GetInt32(), notices["web"].GetProperty("noResult").GetInt32()));
        Assert.Equal((0, 2), (notices["stuck"].GetProperty("told").GetInt32(), notices["stuck"].GetProperty("noResult").GetInt32()));

        // A notice is no message: nothing of it is owed or delivered after the next start.
        using var next = GatewayProcess.StartReady(folder, configuration);
        Assert.Equal((0L, 0L), (next.Status().Outbound("owed"), next.Status().Outbound("delivered")));
        Assert.Equal(0, next.Stop());
    }

    private static string Configuration(string hangs) => $$"""
        {
          "gateway": {
            "pluginPaths": ["{{Asset.Folder("")}}"],
            "timeouts": { "noticeSeconds": 1, "drainSeconds": 0.3, "disconnectSeconds": 1 },
            "notifyChats": ["stuck:a", "stuck:b", "stuck:a", "web:home", "web:talk"],
            "shutdownNotice": "bye"
          },
          "handler": { "plugin": "Misbehaving", "settings": { "thinksSeconds": 120 } },
          "adapters": [
            { "id": "web", "plugin": "WebChat" },
            { "id": "stuck", "plugin": "Exclusive", "settings": { "hangs": "{{hangs}}" } }
          ]
        }
        """;
}
