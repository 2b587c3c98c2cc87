using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PluginGateway.PaperAdapters;

/// <summary>Slack: callbacks of the Events API and of block actions, methods of the Web API. Source of the shapes: api.slack.com, "message event",
/// "message_changed", "reaction_added", "block_actions payload", "chat.postMessage".</summary>
internal sealed partial class SlackAdapter(AdapterContext host, RecordedPlatform platform)
    : PaperAdapter(host, platform), IEditMessages, IReactToMessages, IAnswerInteractions
{
    /// <summary>Lifetime of a response URL.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(30);

    public static ChannelAdapterAttribute Declaration => new("slack", typeof(SlackAdapter))
    {
        MaxTextLength = 12_000,
        Inbound = InboundClass.AckGated,
        Idempotency = Idempotency.None,
        MaxButtons = 25,
        MaxButtonLabel = 75,
        ButtonIdBytes = 255,
        AccountEditsPerSecond = 50 / 60.0,
        Features = MessageFeatures.LinkPreview | MessageFeatures.Tickets,
        PrivateDelivery = PrivateDelivery.Native,
        ChatMessagesPerSecond = 1,
        CredentialSettings = ["botToken"],
    };

    public override Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        var me = Ask("POST", "auth.test", new JsonObject());
        return Task.FromResult(new ConnectionInfo { AccountId = $"{me.Text("team_id")}/{me.Text("user_id")}", AccountName = me.Text("user") });
    }

    public override async Task<string?> ReceiveAsync(string payload, CancellationToken cancellationToken)
    {
        var body = JsonNode.Parse(payload)!;
        var data = body.At("event");
        InboundEvent received = body.Text("type") == "block_actions" ? Press(body)
            : data.Text("type") == "reaction_added" ? Reaction(body, data!)
            : data.Text("subtype") == "message_changed" ? Edit(body, data!)
            : Message(body, data!);
        return (await AcceptAsync(received, cancellationToken)).Acknowledge ? "200" : "503";
    }

    public override Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var body = Content(message.Chat, message.Text, message.Format, message.Buttons);
        body["unfurl_links"] = message.LinkPreview;
        // Found again by conversations.history where the outcome is unknown.
        body["metadata"] = new JsonObject { ["event_type"] = "gateway", ["event_payload"] = new JsonObject { ["key"] = message.Key } };
        if ((message.Chat.Thread ?? message.ReplyTo) is { } thread) body["thread_ts"] = thread;
        if (message.VisibleTo is { } person) body["user"] = person.Id;
        else if (message.Ticket is { } ticket && Respond(ticket, body)) return Task.FromResult(SendResult.Sent(message.Key));
        var sent = Ask("POST", message.VisibleTo is null ? "chat.postMessage" : "chat.postEphemeral", body);
        return Task.FromResult(sent.Text("ok") == "true" ? SendResult.Sent(sent.Text("ts") ?? sent.Text("message_ts")!)
            : SendResult.NotSent(SendError.NotFound("Slack refused it.") with { PlatformCode = sent.Text("error") }));
    }

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        var body = Content(edit.Message.Chat, edit.Text, edit.Format, edit.Buttons);
        body["ts"] = edit.Message.MessageId;
        return Task.FromResult(SendResult.Sent(Ask("POST", "chat.update", body).Text("ts")!));
    }

    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        Ask("POST", reaction.Emoji is null ? "reactions.remove" : "reactions.add", new JsonObject
        {
            ["channel"] = reaction.Message.Chat.Id,
            ["timestamp"] = reaction.Message.MessageId,
            ["name"] = reaction.Emoji,
        });
        return Task.FromResult(SendResult.Sent(reaction.Message.MessageId));
    }

    public Task AnswerAsync(TicketAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Answer.Text is { } text)
            Ask("POST", answer.Ticket.Value, new JsonObject { ["response_type"] = "ephemeral", ["replace_original"] = false, ["text"] = text });
        return Task.CompletedTask;
    }

    /// <summary>Sends a message by the URL of a press or a command, which works also where the bot is not in the channel. False: Slack takes it no
    /// more.</summary>
    private bool Respond(Ticket ticket, JsonObject message)
    {
        var body = message.DeepClone().AsObject();
        (body["response_type"], body["replace_original"]) = ("in_channel", false);
        return Ask("POST", ticket.Value, body).Text("error") is not ("used_url" or "expired_url");
    }

    private static JsonObject Content(Chat chat, string text, TextFormat format, IReadOnlyList<OutboundButton> buttons)
    {
        var body = new JsonObject { ["channel"] = chat.Id, ["text"] = text };
        if (format == TextFormat.Plain && buttons.Count == 0) return body;
        var blocks = new JsonArray(format == TextFormat.Markdown
            ? new JsonObject { ["type"] = "markdown", ["text"] = text }
            : new JsonObject { ["type"] = "section", ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = text } });
        if (buttons.Count > 0)
        {
            blocks.Add(new JsonObject
            {
                ["type"] = "actions",
                ["elements"] = new JsonArray([.. buttons.Select(static button => new JsonObject
                {
                    ["type"] = "button",
                    ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = button.Label },
                    ["value"] = button.Token,
                    ["action_id"] = button.Token,
                })]),
            });
        }

        body["blocks"] = blocks;
        return body;
    }

    private static Chat ChatOf(string channel, string? type, string? thread) => new(
        channel, type == "im" || channel.StartsWith('D') ? ChatKind.Direct : ChatKind.Group, thread);

    private static DateTimeOffset TimeOf(string ts) =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(double.Parse(ts, CultureInfo.InvariantCulture));

    private static InboundMessage Message(JsonNode body, JsonNode data)
    {
        var text = data.Text("text")!;
        return new InboundMessage(
            body.Text("event_id"), ChatOf(data.Text("channel")!, data.Text("channel_type"), data.Text("thread_ts")),
            new Sender(data.Text("user")!), text)
        {
            MessageId = data.Text("ts"),
            PlatformTime = TimeOf(data.Text("ts")!),
            Quote = data.Text("thread_ts") is { } root && root != data.Text("ts") ? new Quote(root) : null,
            Mentions = [.. MentionsIn(text)],
            MentionsBot = MentionsIn(text).Any(mention => mention.Id == body.Text("authorizations.0.user_id")),
            Attachments = [.. data.List("files").Select(static file => new Attachment(file.Text("url_private")!, AttachmentKind.File)
            {
                Name = file.Text("name"),
                ContentType = file.Text("mimetype"),
                Size = long.Parse(file.Text("size")!, CultureInfo.InvariantCulture),
            })],
        };
    }

    private static IEnumerable<Mention> MentionsIn(string text) => MentionForm().Matches(text).Select(static found =>
        new Mention(found.Groups[1].Value, found.Index, found.Length) { Id = found.Groups[1].Value });

    private static MessageEdited Edit(JsonNode body, JsonNode data) => new(
        body.Text("event_id"), ChatOf(data.Text("channel")!, data.Text("channel_type"), data.Text("message.thread_ts")),
        new Sender(data.Text("message.user")!), data.Text("message.ts"), data.Text("message.text")!)
    {
        PlatformTime = TimeOf(data.Text("message.edited.ts")!),
    };

    private static ReactionChanged Reaction(JsonNode body, JsonNode data) => new(
        body.Text("event_id"), ChatOf(data.Text("item.channel")!, null, null), new Sender(data.Text("user")!), data.Text("item.ts")!)
    {
        Added = [new(data.Text("reaction")!)],
    };

    private ButtonPressed Press(JsonNode body) => new(
        $"{body.Text("message.ts")}:{body.Text("user.id")}:{body.Text("actions.0.action_ts")}",
        ChatOf(body.Text("channel.id")!, null, body.Text("message.thread_ts")) with { Title = body.Text("channel.name") },
        new Sender(body.Text("user.id")!) { Username = body.Text("user.username") }, body.Text("actions.0.value")!)
    {
        MessageId = body.Text("message.ts"),
        Values = ValuesIn(body.At("state.values")),
        Ticket = new Ticket(body.Text("response_url")!, Host.Clock.GetUtcNow() + AnswerTime),
    };

    /// <summary>Choices and inputs of the message, by the ids of their actions.</summary>
    private static Dictionary<string, string> ValuesIn(JsonNode? blocks) => blocks is not JsonObject all ? [] : all
        .SelectMany(static block => block.Value is JsonObject actions ? actions.ToArray() : [])
        .Select(static action => (Name: action.Key, Value: action.Value.Text("selected_option.value") ?? action.Value.Text("value")
            ?? string.Join('\n', action.Value.List("selected_options").Select(static one => one.Text("value")))))
        .Where(static field => field.Value.Length > 0).ToDictionary(static field => field.Name, static field => field.Value);

    [GeneratedRegex("<@([A-Z0-9]+)>")]
    private static partial Regex MentionForm();
}
