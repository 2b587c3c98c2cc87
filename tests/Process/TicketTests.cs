using System.Text;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Replies by the ticket of the event that they answer, in the real executable.</summary>
public sealed class TicketTests
{
    private const string Secret = "s3cret-ticket-of-the-event";

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task Replies_have_the_ticket_of_their_event_nobody_else_sees_it_and_it_is_erased_behind_the_turn(string isolation)
    {
        using var folder = new TempFolder();
        var rich = new JsonObject { ["id"] = RichPlatform.Id, ["plugin"] = "Rich", ["allow"] = Plans.Everybody, ["isolation"] = isolation };
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([rich]));
        using var api = new ApiClient(gateway.Address);
        var platform = new RichPlatform(folder);
        platform.Hang("send");
        platform.Write("1", $"!ticket {Secret} Hello");
        platform.WaitFor(static deeds => deeds.Any(static deed => deed.Did == "hangs in send"));
        using var store = new StoreFile(gateway.Data);
        // The reply is owed: the ticket is kept for its next attempt, and is nowhere else.
        Assert.Equal(1, store.Number("SELECT count(*) FROM tickets"));
        Assert.Equal(0, store.Number($"SELECT count(*) FROM inbox WHERE instr(payload, CAST('{Secret}' AS BLOB)) > 0"));
        Assert.Equal(0, Command.Run(folder.Path, "backup", folder["backup.db"], "--data", gateway.Data).ExitCode);
        Assert.DoesNotContain(Secret, Encoding.Latin1.GetString(File.ReadAllBytes(folder["backup.db"])), StringComparison.Ordinal);
        var shown = new[] { "inbox", "outbox" }.Select(list => Command.Run(folder.Path, list, "list", "--json", "--data", gateway.Data).Said);
        Assert.All(shown, static text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal));

        platform.Hang(null);
        platform.Write("2", $"!ticket {Secret} World");
        platform.Write("3", "Nothing");
        await api.PostAsync(new { to = "rich:room", text = "Unasked", key = "u" });
        Assert.Equal(0, Command.Run(folder.Path, "adapter", "reconnect", RichPlatform.Id, "--data", gateway.Data).ExitCode);
        platform.WaitFor(static deeds => TicketOf(deeds, "World") == Secret && TicketOf(deeds, "Nothing") == "" && TicketOf(deeds, "Unasked") == "");
        Bound.Until(() => store.Number("SELECT count(*) FROM tickets") == 0, Bound.Replies, () => gateway.Said);
        Assert.DoesNotContain(Secret, gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>Returns the ticket with which a text was sent: empty for none; null for a text that was not sent.</summary>
    private static string? TicketOf(IReadOnlyList<RichPlatform.Deed> deeds, string text) =>
        deeds.FirstOrDefault(deed => deed.Did == "send" && deed.Of("text") == text) is { } sent ? sent.Of("ticket") ?? "" : null;
}
