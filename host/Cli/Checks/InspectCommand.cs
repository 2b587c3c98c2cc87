using System.Globalization;
using System.Text.Json;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Status;

namespace PluginGateway.Cli.Checks;

/// <summary><c>inspect PATH|NAME</c>: the metadata of a DLL, read without running it. Exits with 78 when the gateway would refuse the DLL.</summary>
internal static class InspectCommand
{
    public static int Execute(string nameOrPath, CliOptions options, CommandWiring wiring)
    {
        var report = wiring.Inspect(options, nameOrPath);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(report, CliJson.Indented.DllReport));
        else foreach (var (name, value) in Lines(report)) wiring.Output.WriteLine(Printable.Text($"{name,-14}{value}"));
        return report.Code is null ? ExitCodes.Planned : ExitCodes.Configuration;
    }

    private static IEnumerable<(string Name, string Value)> Lines(DllReport report)
    {
        if (report.Path is { } path) yield return ("DLL", path);
        if (report.Assembly is { } assembly) yield return ("assembly", $"{assembly} {report.Version}");
        if (report.Contract is { } contract) yield return ("contract", $"{contract} (this gateway: {report.GatewayContract})");
        if (report.Sha256 is { } hash) yield return ("sha256", hash);
        if (report.ContentHash is { } content) yield return ("content", content);
        if (report.Adapter is { } adapter)
        {
            yield return ("adapter", $"{adapter.Platform} ({adapter.Class})");
            yield return ("capabilities", adapter.Capabilities.Count == 0 ? "none beyond sending" : string.Join(", ", adapter.Capabilities));
            yield return ("text", TextOf(adapter));
            yield return ("sends", string.Create(CultureInfo.InvariantCulture,
                $"{adapter.ConcurrentSends} at once, {Rate(adapter.AccountMessagesPerSecond)} an account, {Rate(adapter.ChatMessagesPerSecond)} a chat")
                + (adapter.GroupMessagesPerMinute == 0 ? ""
                    : string.Create(CultureInfo.InvariantCulture, $", {adapter.GroupMessagesPerMinute} a minute in a group")));
            if (EditsOf(adapter) is { Length: > 0 } edits) yield return ("edits", edits);
            yield return ("inbound",
                $"{adapter.Inbound}; idempotency: {adapter.Idempotency}{(adapter.IdempotencySeconds > 0 ? $" for {adapter.IdempotencySeconds} s" : "")}");
            if (adapter.MaxAttachments > 0) yield return ("files", string.Create(CultureInfo.InvariantCulture,
                $"{adapter.MaxAttachments} a message{(adapter.MaxAttachmentBytes == 0 ? "" : $", at most {adapter.MaxAttachmentBytes} bytes each")}"));
            if (adapter.MaxButtons > 0) yield return ("buttons", string.Create(CultureInfo.InvariantCulture,
                $"{adapter.MaxButtons} a message{(adapter.MaxButtonLabel == 0 ? "" : $", a label at most {adapter.MaxButtonLabel} UTF-16 units")}")
                + (adapter.ButtonIdBytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", an id at most {adapter.ButtonIdBytes} bytes")));
            if (adapter.Features.Count > 0) yield return ("features", string.Join(", ", adapter.Features));
            if (adapter.PrivateDelivery != PrivateDelivery.None) yield return ("to one person", adapter.PrivateDelivery.ToString());
            if (adapter.Extras.Count > 0) yield return ("extras", string.Join(", ", adapter.Extras));
            if (!adapter.SenderIdsProve) yield return ("sender ids", "prove nothing: accounts do");
            foreach (var setting in adapter.CredentialSettings) yield return ("credential", $"setting '{setting}' allows one session");
            if (adapter.PathPrefix is { } prefix) yield return ("path", prefix);
        }

        if (report.Handler is { } handler)
        {
            yield return ("handler", $"{handler.Name} ({handler.Class})");
            if (handler.Capabilities.Count > 0) yield return ("capabilities", string.Join(", ", handler.Capabilities));
            if (handler.Events.Count > 0) yield return ("events", string.Join(", ", handler.Events));
            if (handler.Scope != SessionScope.Default) yield return ("sessions", handler.Scope == SessionScope.Chat ? "one a chat" : "one a sender");
            if (handler.Collect) yield return ("collects", "messages that one sender writes within 700 ms of each other");
        }

        foreach (var warning in report.Warnings) yield return ("warning", warning);
        if (report.Problem is { } problem) yield return ("problem", $"{problem} [{report.Code}]");
    }

    private static string TextOf(DeclaredAdapter adapter) => string.Create(CultureInfo.InvariantCulture,
        $"{(adapter.MaxTextLength == 0 ? "of any length" : $"at most {adapter.MaxTextLength} {adapter.TextUnit}")}")
        + (adapter.MaxCaption == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", beside files at most {adapter.MaxCaption}"))
        + (adapter.ClientSplitLength == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; clients split at {adapter.ClientSplitLength}"));

    private static string EditsOf(DeclaredAdapter adapter) => string.Join(", ", ((string[])[
        adapter.MaxEdits == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{adapter.MaxEdits} a message"),
        adapter.EditWindowSeconds == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"for {adapter.EditWindowSeconds} s after its delivery"),
        adapter.AccountEditsPerSecond == 0 ? "" : $"{Rate(adapter.AccountEditsPerSecond)} an account",
        adapter.ChatEditsPerSecond == 0 ? "" : $"{Rate(adapter.ChatEditsPerSecond)} a chat"]).Where(static part => part.Length > 0));

    private static string Rate(double perSecond) =>
        perSecond == 0 ? "no declared rate" : perSecond.ToString("0.##", CultureInfo.InvariantCulture) + "/s";
}
