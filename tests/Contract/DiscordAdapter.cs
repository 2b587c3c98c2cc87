using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginGateway.PaperAdapters;

/// <summary>Discord: dispatches of the gateway (op 0), requests of the HTTP API. Source of the shapes: the developer documentation, "Gateway Events",
/// "Receiving and Responding to Interactions", "Create Message".</summary>
internal sealed class DiscordAdapter(AdapterContext host, RecordedPlatform platform)
    : PaperAdapter(host, platform), IEditMessages, IReactToMessages, IAnswerInteractions
{
    private const int Ephemeral = 64, SuppressNotifications = 4096;

    /// <summary>Time within which an interaction is answered, and time for which replies to it are taken.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(3), ReplyTime = TimeSpan.FromMinutes(15);

    public static ChannelAdapterAttribute Declaration => new("discord", typeof(DiscordAdapter))
    {
        MaxTextLength = 2000,
        ClientSplitLength = 2000,
        TextUnit = TextUnit.CodePoints,
        Inbound = InboundClass.CursorPolled,
        Idempotency = Idempotency.Native,
        MaxButtons = 25,
        MaxButtonLabel = 80,
        ButtonIdBytes = 100,
        ChatEditsPerSecond = 1,
        Features = MessageFeatures.Silent | MessageFeatures.LinkPreview | MessageFeatures.Tickets,
        MaxAttachments = 10,
        CredentialSettings = ["token"],
    };

    public override Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        var me = Ask("GET", "/users/@me", new JsonObject());
        return Task.FromResult(new ConnectionInfo { AccountId = me.Text("id"), AccountName = me.Text("username") });
    }

    public override async Task<string?> ReceiveAsync(string payload, CancellationToken cancellationToken)
    {
        var frame = JsonNode.Parse(payload)!;
        var data = frame.At("d")!;
        InboundEvent? received = frame.Text("t") switch
        {
            "MESSAGE_CREATE" => Message(data),
            "MESSAGE_UPDATE" => Edit(data),
            "MESSAGE_REACTION_ADD" => Reaction(data, frame.Text("s")!),
            "INTERACTION_CREATE" => Press(data),
            _ => null,
        };
        if (received is null) return null;
        // The sequence is the cursor: after a restart the connection resumes behind it.
        await AcceptAsync(received with { State = new Dictionary<string, string> { ["sequence"] = frame.Text("s")! } }, cancellationToken);
        return null;
    }

    public override Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        // A nonce has at most 25 characters.
        var body = Content(message.Text, message.Buttons, message.LinkPreview);
        body["nonce"] = message.Key[..Math.Min(25, message.Key.Length)];
        body["enforce_nonce"] = true;
        if (message.Silent) body["flags"] = SuppressNotifications;
        if (message.ReplyTo is { } answered) body["message_reference"] = new JsonObject { ["message_id"] = answered };
        var sent = message.Ticket is { } ticket ? Ask("POST", $"/webhooks/{ticket.Value.Split('/', 2)[1]}", body) : null;
        // 50027: the token is not taken any more.
        if (sent is null || sent.Text("code") == "50027") sent = Ask("POST", $"/channels/{message.Chat.Id}/messages", body);
        return Task.FromResult(sent.Text("retry_after") is { } wait
            ? SendResult.NotSent(SendError.RateLimited(
                TimeSpan.FromSeconds(double.Parse(wait, CultureInfo.InvariantCulture)),
                sent.Text("global") == "true" ? RateLimitScope.Account : RateLimitScope.Chat, "Discord limits the rate."))
            : SendResult.Sent(sent.Text("id")!));
    }

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken) => Task.FromResult(SendResult.Sent(Ask(
        "PATCH", $"/channels/{edit.Message.Chat.Id}/messages/{edit.Message.MessageId}",
        Content(edit.Text, edit.Buttons, edit.LinkPreview)).Text("id")!));

    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        var message = reaction.Message;
        Ask(reaction.Emoji is null ? "DELETE" : "PUT",
            $"/channels/{message.Chat.Id}/messages/{message.MessageId}/reactions/{Uri.EscapeDataString(reaction.Emoji ?? "")}/@me", new JsonObject());
        return Task.FromResult(SendResult.Sent(message.MessageId));
    }

    public Task AnswerAsync(TicketAnswer answer, CancellationToken cancellationToken)
    {
        if (Host.Clock.GetUtcNow() >= answer.Ticket.ExpiresAt - ReplyTime + AnswerTime) return Task.CompletedTask;
        // 4: a message, here to the person only; 6: nothing is shown.
        var body = answer.Answer.Text is { } text
            ? new JsonObject { ["type"] = 4, ["data"] = new JsonObject { ["content"] = text, ["flags"] = Ephemeral } }
            : new JsonObject { ["type"] = 6 };
        var parts = answer.Ticket.Value.Split('/');
        Ask("POST", $"/interactions/{parts[0]}/{parts[2]}/callback", body);
        return Task.CompletedTask;
    }

    private static JsonObject Content(string text, IReadOnlyList<OutboundButton> buttons, bool linkPreview)
    {
        var body = new JsonObject { ["content"] = text };
        if (!linkPreview) body["flags"] = 4;
        if (buttons.Count > 0)
        {
            body["components"] = new JsonArray([.. buttons.Chunk(5).Select(static row => new JsonObject
            {
                ["type"] = 1,
                ["components"] = new JsonArray([.. row.Select(static button => new JsonObject
                {
                    ["type"] = 2,
                    ["style"] = button.Style switch { ButtonStyle.Primary => 1, ButtonStyle.Danger => 4, _ => 2 },
                    ["label"] = button.Label,
                    ["custom_id"] = button.Token,
                })]),
            })]);
        }

        return body;
    }

    private static Chat ChatOf(JsonNode data) =>
        new(data.Text("channel_id")!, data.Text("guild_id") is null ? ChatKind.Direct : ChatKind.Group);

    private static Sender SenderOf(JsonNode? user, string? language = null) =>
        new(user.Text("id")!, user.Text("global_name") ?? user.Text("username"), user.Text("bot") == "true")
        {
            Username = user.Text("username"),
            Language = language,
        };

    private static InboundMessage Message(JsonNode data)
    {
        var text = data.Text("content")!;
        var mentions = data.List("mentions").Select(user => Find(text, user)).OfType<Mention>().OrderBy(static found => found.Offset);
        return new InboundMessage(data.Text("id"), ChatOf(data), SenderOf(data.At("author")), text)
        {
            Format = TextFormat.Markdown,
            MessageId = data.Text("id"),
            PlatformTime = DateTimeOffset.Parse(data.Text("timestamp")!, CultureInfo.InvariantCulture),
            Mentions = [.. mentions],
            Attachments = [.. data.List("attachments").Select(AttachmentOf)],
            Quote = data.At("referenced_message") is { } quoted
                ? new Quote(quoted.Text("id")) { Text = quoted.Text("content"), Sender = SenderOf(quoted.At("author")) } : null,
            MentionsBot = data.List("mentions").Any(static user => user.Text("bot") == "true"),
        };
    }

    private static Mention? Find(string text, JsonNode user)
    {
        var form = $"<@{user.Text("id")}>";
        var at = text.IndexOf(form, StringComparison.Ordinal);
        return at < 0 ? null : new Mention(user.Text("username")!, at, form.Length) { Id = user.Text("id") };
    }

    private static Attachment AttachmentOf(JsonNode file) => new(
        file.Text("url")!, file.Text("duration_secs") is not null ? AttachmentKind.Voice
            : file.Text("content_type")?.StartsWith("image/", StringComparison.Ordinal) == true ? AttachmentKind.Image : AttachmentKind.File)
    {
        Name = file.Text("filename"),
        ContentType = file.Text("content_type"),
        Size = long.Parse(file.Text("size")!, CultureInfo.InvariantCulture),
        Duration = file.Text("duration_secs") is { } seconds ? TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)) : null,
    };

    private static MessageEdited Edit(JsonNode data) => new(
        $"{data.Text("id")}@{data.Text("edited_timestamp")}", ChatOf(data), SenderOf(data.At("author")), data.Text("id"), data.Text("content")!)
    {
        Format = TextFormat.Markdown,
        PlatformTime = DateTimeOffset.Parse(data.Text("edited_timestamp")!, CultureInfo.InvariantCulture),
    };

    /// <summary>A reaction has no id of its own; the sequence is the same where it is delivered again.</summary>
    private static ReactionChanged Reaction(JsonNode data, string sequence) => new(
        $"{data.Text("message_id")}:{data.Text("user_id")}:{sequence}", ChatOf(data), new Sender(data.Text("user_id")!), data.Text("message_id")!)
    {
        Added = [new(data.Text("emoji.name")!) { CustomId = data.Text("emoji.id") is { } id ? $"{data.Text("emoji.name")}:{id}" : null }],
    };

    private ButtonPressed Press(JsonNode data) => new(
        data.Text("id"), ChatOf(data), SenderOf(data.At("member.user") ?? data.At("user"), data.Text("locale")), data.Text("data.custom_id")!)
    {
        MessageId = data.Text("message.id"),
        Ticket = new Ticket($"{data.Text("id")}/{data.Text("application_id")}/{data.Text("token")}", Host.Clock.GetUtcNow() + ReplyTime),
    };
}
