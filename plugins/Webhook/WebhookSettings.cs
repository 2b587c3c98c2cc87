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
    private static readonly string[] KnownEvents = [Edited, Deleted, Reaction, Members];

    /// <summary>Reads the settings and reports everything that is wrong with them. Edits are posted where nothing else is said: a backend that
    /// answers texts understands them.</summary>
    public static WebhookSettings Read(SettingsReader reader) => new(
        reader.RequiredAddress("url", AddressRules.PlainHttpBySetting),
        [.. new[] { Secret(reader, "secret", isRequired: true), Secret(reader, "secondSecret", isRequired: false) }.OfType<WebhookSecret>()],
        reader.Duration("timeoutSeconds", TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
        reader.Choices("events", KnownEvents, [Edited]));

    /// <summary>Returns the name of an event's kind in a body.</summary>
    public static string NameOf(InboundEvent received) => received switch
    {
        MessageEdited => Edited,
        MessageDeleted => Deleted,
        ReactionChanged => Reaction,
        MembersChanged => Members,
        ButtonPressed => "pressed",
        _ => "message",
    };

    private static WebhookSecret? Secret(SettingsReader reader, string name, bool isRequired)
    {
        var text = isRequired ? reader.RequiredSecret(name, ShortestSecret) : reader.Secret(name, ShortestSecret);
        if (string.IsNullOrEmpty(text)) return null;
        var secret = WebhookSecret.Read(text);
        if (secret is null) reader.Problem(name, "It begins with 'whsec_', the form of Standard Webhooks, and no Base64 follows.");
        return secret;
    }
}
