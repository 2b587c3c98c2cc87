using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginGateway.PaperAdapters;

/// <summary>Teams: activities of the Bot Framework, requests of the Bot Connector. Source of the shapes: learn.microsoft.com, "Bot Framework Activity
/// schema", "Universal Actions for Adaptive Cards", "Conversation events", "Read receipts".</summary>
internal sealed class TeamsAdapter(AdapterContext host, RecordedPlatform platform) : PaperAdapter(host, platform), IEditMessages, IShowTyping
{
    public static ChannelAdapterAttribute Declaration => new("teams", typeof(TeamsAdapter))
    {
        MaxTextLength = 28_000,
        TextUnit = TextUnit.Utf8Bytes,
        Inbound = InboundClass.AckGated,
        Idempotency = Idempotency.None,
        MaxButtons = 6,
        ChatMessagesPerSecond = 1,
        CredentialSettings = ["appId"],
    };

    public override Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(new ConnectionInfo { AccountId = Ask("POST", "/oauth2/v2.0/token", new JsonObject()).Text("app_id") });

    public override async Task<string?> ReceiveAsync(string payload, CancellationToken cancellationToken)
    {
        var activity = JsonNode.Parse(payload)!;
        if (EventOf(activity) is not { } received) return "200";
        // Answers go to the service of the conversation, which is known from its activities only.
        var state = new Dictionary<string, string> { [Service(received.Chat)] = activity.Text("serviceUrl")! };
        var acceptance = await AcceptAsync(received with { State = state }, cancellationToken);
        if (!acceptance.Acknowledge) return "503";
        // The answer to a press is the body of the response, and replies go to the conversation: no ticket is needed.
        return activity.Text("type") != "invoke" ? "200" : new JsonObject
        {
            ["statusCode"] = 200,
            ["type"] = "application/vnd.microsoft.activity.message",
            ["value"] = acceptance.Answer?.Text,
        }.ToJsonString();
    }

    public override async Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var body = Content(message.Text, message.Format, message.Buttons);
        if (message.ReplyTo is { } answered) body["replyToId"] = answered;
        var sent = Ask("POST", await AddressAsync(message.Chat, cancellationToken), body);
        return SendResult.Sent(sent.Text("id")!);
    }

    public async Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        var address = await AddressAsync(edit.Message.Chat, cancellationToken);
        Ask("PUT", $"{address}/{edit.Message.MessageId}", Content(edit.Text, edit.Format, edit.Buttons));
        return SendResult.Sent(edit.Message.MessageId);
    }

    public async Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken) =>
        Ask("POST", await AddressAsync(indication.Chat, cancellationToken), new JsonObject { ["type"] = "typing" });

    private static string Service(Chat chat) => $"service:{chat.Id}"[..Math.Min(128, chat.Id.Length + 8)];

    private async Task<string> AddressAsync(Chat chat, CancellationToken cancellationToken) =>
        $"{await Host.State.GetAsync(Service(chat), cancellationToken)}v3/conversations/{chat.Id}/activities";

    private static JsonObject Content(string text, TextFormat format, IReadOnlyList<OutboundButton> buttons)
    {
        var body = new JsonObject
        {
            ["type"] = "message",
            ["text"] = text,
            ["textFormat"] = format == TextFormat.Markdown ? "markdown" : "plain",
        };
        if (buttons.Count == 0) return body;
        body.Remove("text");
        body["attachments"] = new JsonArray(new JsonObject
        {
            ["contentType"] = "application/vnd.microsoft.card.adaptive",
            ["content"] = new JsonObject
            {
                ["type"] = "AdaptiveCard",
                ["version"] = "1.4",
                ["body"] = new JsonArray(new JsonObject { ["type"] = "TextBlock", ["text"] = text, ["wrap"] = true }),
                ["actions"] = new JsonArray([.. buttons.Select(static button => new JsonObject
                {
                    ["type"] = "Action.Execute",
                    ["title"] = button.Label,
                    ["verb"] = "press",
                    ["data"] = new JsonObject { ["token"] = button.Token },
                })]),
            },
        });
        return body;
    }

    private static InboundEvent? EventOf(JsonNode activity)
    {
        var id = activity.Text("id")!;
        // The id of a channel's conversation has the root of the thread behind a semicolon.
        var conversation = activity.Text("conversation.id")!.Split(";messageid=");
        var kind = activity.Text("conversation.conversationType") switch
        {
            "personal" => ChatKind.Direct,
            "channel" => ChatKind.Channel,
            _ => ChatKind.Group,
        };
        var chat = new Chat(conversation[0], kind, conversation.ElementAtOrDefault(1)) { Title = activity.Text("conversation.name") };
        var sender = new Sender(activity.Text("from.id")!, activity.Text("from.name"))
        {
            Account = activity.Text("from.aadObjectId"),
            Language = activity.Text("locale"),
        };
        var time = DateTimeOffset.Parse(activity.Text("timestamp")!, CultureInfo.InvariantCulture);
        return (activity.Text("type"), activity.Text("name")) switch
        {
            ("message", _) => Message(activity, chat, sender) with { PlatformTime = time },
            ("messageUpdate", _) => new MessageEdited($"{id}@{activity.Text("timestamp")}", chat, sender, id, activity.Text("text")!)
            {
                Format = FormatOf(activity),
                PlatformTime = time,
            },
            ("messageReaction", _) => new ReactionChanged(id, chat, sender, activity.Text("replyToId")!)
            {
                Added = [.. activity.List("reactionsAdded").Select(static one => new ReactionEmoji(one.Text("type")!))],
                Removed = [.. activity.List("reactionsRemoved").Select(static one => new ReactionEmoji(one.Text("type")!))],
                PlatformTime = time,
            },
            ("invoke", "adaptiveCard/action") => new ButtonPressed(id, chat, sender, activity.Text("value.action.data.token")!)
            {
                MessageId = activity.Text("replyToId"),
                PlatformTime = time,
                Values = ValuesIn(activity.At("value.action.data")),
            },
            ("event", "application/vnd.microsoft.readReceipt") =>
                new DeliveryChanged(id, chat, sender, activity.Text("value.lastReadMessageId")!, DeliveryChange.Read) { PlatformTime = time },
            _ => null,
        };
    }

    /// <summary>Inputs of a card stand beside the button's own data.</summary>
    private static Dictionary<string, string> ValuesIn(JsonNode? data) => data is not JsonObject inputs ? [] : inputs
        .Where(static entry => entry.Key != "token" && entry.Value is JsonValue).ToDictionary(static entry => entry.Key, static entry => $"{entry.Value}");

    private static TextFormat FormatOf(JsonNode activity) =>
        activity.Text("textFormat") == "markdown" ? TextFormat.Markdown : TextFormat.Plain;

    private static InboundMessage Message(JsonNode activity, Chat chat, Sender sender)
    {
        var text = activity.Text("text")!;
        var mentions = activity.List("entities").Where(static entity => entity.Text("type") == "mention")
            .Select(entity => (Form: entity.Text("text")!, Who: entity.At("mentioned"))).ToArray();
        return new InboundMessage(activity.Text("id"), chat, sender, text)
        {
            Format = FormatOf(activity),
            MessageId = activity.Text("id"),
            Quote = activity.Text("replyToId") is { } quoted ? new Quote(quoted) : null,
            MentionsBot = mentions.Any(mention => mention.Who.Text("id") == activity.Text("recipient.id")),
            Mentions = [.. mentions.Select(mention =>
                new Mention(mention.Who.Text("name")!, text.IndexOf(mention.Form, StringComparison.Ordinal), mention.Form.Length)
                {
                    Id = mention.Who.Text("id"),
                })],
            Attachments = [.. activity.List("attachments").Where(static file => file.Text("contentUrl") is not null).Select(static file =>
                new Attachment(file.Text("contentUrl")!, AttachmentKind.File) { Name = file.Text("name"), ContentType = file.Text("contentType") })],
            // The tenant of the person: a bot of several organisations answers differently.
            Extras = new Dictionary<string, string> { ["tenant"] = activity.Text("conversation.tenantId")! },
        };
    }
}
