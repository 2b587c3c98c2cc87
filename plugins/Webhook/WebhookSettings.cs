using System.Text;
using System.Text.Json;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.Webhook;

/// <summary>Settings of the handler: <c>url</c>, <c>allowPlainHttp</c>, <c>secret</c>, <c>secondSecret</c>, <c>events</c> and
/// <c>timeoutSeconds</c>.</summary>
/// <param name="Url">Address of the backend.</param>
/// <param name="Secrets">One secret, or two while the backend changes from one to the other.</param>
/// <param name="Timeout">Deadline of one request.</param>
/// <param name="Events">Names of the kinds of events to post beside messages.</param>
internal sealed record WebhookSettings(Uri Url, IReadOnlyList<WebhookSecret> Secrets, TimeSpan Timeout, IReadOnlyList<string> Events)
{
    private const string Edited = "edited", Deleted = "deleted", Reaction = "reaction", Members = "members";

    private const int ShortestSecret = 16;
    private static readonly string[] Known = ["url", "secret", "secondSecret", "timeoutSeconds", "allowPlainHttp", "events"];
    private static readonly string[] KnownEvents = [Edited, Deleted, Reaction, Members];

    /// <summary>Reads the settings.</summary>
    /// <exception cref="PluginException">They cannot work; the sentence says why.</exception>
    public static WebhookSettings Read(JsonElement settings)
    {
        foreach (var member in settings.EnumerateObject())
        {
            if (!Known.Contains(member.Name)) throw Invalid(member.Name, $"is not known. {SettingNames.Unknown(member.Name, Known)}");
        }

        if (!Uri.TryCreate(Text(settings, "url"), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
            throw Invalid("url", "must be an absolute http or https address without user and password.");
        var isGiven = settings.TryGetProperty("allowPlainHttp", out var plain);
        if (isGiven && plain.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) throw Invalid("allowPlainHttp", "must be true or false.");
        var allowsPlain = isGiven && plain.ValueKind == JsonValueKind.True;
        if (url.Scheme == "http" && !url.IsLoopback && !allowsPlain)
            throw Invalid("url", "must be https, or http to this machine: messages, the token of the turn and the answers would be readable and forgeable on the way. Where that network is yours: \"allowPlainHttp\": true.");
        List<WebhookSecret> secrets = [Secret(settings, "secret")];
        if (settings.TryGetProperty("secondSecret", out _)) secrets.Add(Secret(settings, "secondSecret"));
        var seconds = 60.0;
        if (settings.TryGetProperty("timeoutSeconds", out var given)
            && (given.ValueKind != JsonValueKind.Number || !given.TryGetDouble(out seconds) || seconds is < 0.1 or > 3600))
            throw Invalid("timeoutSeconds", "must be a number from 0.1 to 3600.");
        return new WebhookSettings(url, secrets, TimeSpan.FromSeconds(seconds), EventsIn(settings));
    }

    /// <summary>Returns the name of an event's kind in a body.</summary>
    public static string NameOf(InboundEvent received) => received switch
    {
        MessageEdited => Edited,
        MessageDeleted => Deleted,
        ReactionChanged => Reaction,
        MembersChanged => Members,
        _ => "message",
    };

    /// <summary>Edits are posted where nothing else is said: a backend that answers texts understands them.</summary>
    private static string[] EventsIn(JsonElement settings)
    {
        if (!settings.TryGetProperty("events", out var given)) return [Edited];
        if (given.ValueKind != JsonValueKind.Array)
            throw Invalid("events", $"must be a list of {string.Join(", ", KnownEvents)}; [] for messages only.");
        return [.. given.EnumerateArray().Select(static one => one.ValueKind == JsonValueKind.String && KnownEvents.Contains(one.GetString())
            ? one.GetString()!
            : throw Invalid("events", $"has {one.GetRawText()}, which is none of {string.Join(", ", KnownEvents)}."))];
    }

    private static WebhookSecret Secret(JsonElement settings, string name)
    {
        var text = Text(settings, name) ?? "";
        if (Encoding.UTF8.GetByteCount(text) < ShortestSecret) throw Invalid(
            name, $"must have at least {ShortestSecret} bytes; the backend checks the signature with it. Use ${{env:NAME}} or ${{file:PATH}}.");
        return WebhookSecret.Read(text) ?? throw Invalid(name, "begins with 'whsec_', the form of Standard Webhooks, and no Base64 follows.");
    }

    private static string? Text(JsonElement settings, string name) =>
        settings.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static PluginException Invalid(string key, string sentence) =>
        new(new PluginFault(PluginFault.InvalidSettingsCode, $"'{key}' {sentence}", FaultRetry.AfterOperatorAction));
}
