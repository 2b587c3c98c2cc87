using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginGateway.PaperAdapters;

/// <summary>Matrix: answers of <c>/sync</c>, requests of the client-server API. Source of the shapes: the specification v1.11, "Syncing",
/// "m.room.message", "Event replacements", "Event annotations", "Receipts". It has no buttons: the host sends them as a numbered list.</summary>
internal sealed class MatrixAdapter(AdapterContext host, RecordedPlatform platform) : PaperAdapter(host, platform), IEditMessages, IReactToMessages
{
    private string _me = "";

    public static ChannelAdapterAttribute Declaration => new("matrix", typeof(MatrixAdapter))
    {
        MaxTextLength = 60_000,
        TextUnit = TextUnit.Utf8Bytes,
        Inbound = InboundClass.CursorPolled,
        Idempotency = Idempotency.Native,
        Features = MessageFeatures.Silent,
        CredentialSettings = ["accessToken"],
    };

    public override Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        _me = Ask("GET", "/account/whoami", new JsonObject()).Text("user_id")!;
        return Task.FromResult(new ConnectionInfo { AccountId = _me, AccountName = _me });
    }

    public override async Task<string?> ReceiveAsync(string payload, CancellationToken cancellationToken)
    {
        var sync = JsonNode.Parse(payload)!;
        var since = new Dictionary<string, string> { ["since"] = sync.Text("next_batch")! };
        // The first answer has messages from before the bot was there.
        var isFirst = await Host.State.GetAsync("since", cancellationToken) is null;
        var received = new List<InboundEvent>();
        foreach (var (room, data) in sync.At("rooms.join") as JsonObject ?? new JsonObject())
        {
            var chat = new Chat(room, data.At("summary").Text("m_joined_member_count") == "2" ? ChatKind.Direct : ChatKind.Group);
            received.AddRange(data.List("timeline.events").Select(e => Timeline(chat, e, isFirst)).OfType<InboundEvent>());
            received.AddRange(data.List("ephemeral.events").SelectMany(e => Receipts(chat, e)));
        }

        if (received.Count == 0)
        {
            await Host.State.SetAsync("since", since["since"], cancellationToken);
            return since["since"];
        }

        var outcomes = await Host.Inbox.AcceptAsync(received, since, cancellationToken);
        return outcomes.All(static outcome => outcome.Acknowledge) ? since["since"] : null;
    }

    public override Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var content = Content(message.Text, message.Format);
        if (message.Silent) content["msgtype"] = "m.notice";
        var relation = new JsonObject();
        if (message.Chat.Thread is { } thread) (relation["rel_type"], relation["event_id"]) = ("m.thread", thread);
        if (message.ReplyTo is { } answered) relation["m.in_reply_to"] = new JsonObject { ["event_id"] = answered };
        if (relation.Count > 0) content["m.relates_to"] = relation;
        return Put(message.Chat, "m.room.message", message.Key, content);
    }

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        var content = Content($"* {edit.Text}", edit.Format);
        content["m.new_content"] = Content(edit.Text, edit.Format);
        content["m.relates_to"] = new JsonObject { ["rel_type"] = "m.replace", ["event_id"] = edit.Message.MessageId };
        return Put(edit.Message.Chat, "m.room.message", edit.Key, content);
    }

    /// <summary>A reaction is an event of its own, and its removal the redaction of that event, whose id the state keeps.</summary>
    public async Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        var (message, slot) = (reaction.Message, $"reaction:{reaction.Message.MessageId}");
        if (await Host.State.GetAsync(slot, cancellationToken) is { } earlier)
        {
            Ask("PUT", $"/rooms/{message.Chat.Id}/redact/{earlier}/{reaction.Key}", new JsonObject());
            await Host.State.SetAsync(slot, null, cancellationToken);
        }

        if (reaction.Emoji is null) return SendResult.Sent(message.MessageId);
        var result = await Put(message.Chat, "m.reaction", reaction.Key, new JsonObject
        {
            ["m.relates_to"] = new JsonObject { ["rel_type"] = "m.annotation", ["event_id"] = message.MessageId, ["key"] = reaction.Emoji },
        });
        await Host.State.SetAsync(slot, result.Receipt!.MessageId, cancellationToken);
        return result;
    }

    /// <summary>The transaction id makes a repetition harmless.</summary>
    private Task<SendResult> Put(Chat chat, string type, string key, JsonObject content) =>
        Task.FromResult(SendResult.Sent(Ask("PUT", $"/rooms/{chat.Id}/send/{type}/{key}", content).Text("event_id")!));

    private static JsonObject Content(string text, TextFormat format)
    {
        var content = new JsonObject { ["msgtype"] = "m.text", ["body"] = text };
        if (format == TextFormat.Markdown) (content["format"], content["formatted_body"]) = ("org.matrix.custom.html", $"<p>{text}</p>");
        return content;
    }

    private InboundEvent? Timeline(Chat chat, JsonNode e, bool isFirst)
    {
        var (id, sender) = (e.Text("event_id")!, new Sender(e.Text("sender")!) { IsSelf = e.Text("sender") == _me });
        // Names with a dot in them are keys of the content, not a path.
        var content = e.At("content")!.AsObject();
        var relation = content["m.relates_to"];
        var time = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(e.Text("origin_server_ts")!, CultureInfo.InvariantCulture));
        var place = relation.Text("rel_type") == "m.thread" ? chat with { Thread = relation.Text("event_id") } : chat;
        return e.Text("type") switch
        {
            "m.reaction" => new ReactionChanged(id, chat, sender, relation.Text("event_id")!)
            {
                Added = [new(relation.Text("key")!)],
                PlatformTime = time,
            },
            "m.room.redaction" => new MessageDeleted(id, chat, sender, [e.Text("redacts")!]) { PlatformTime = time },
            "m.room.message" when relation.Text("rel_type") == "m.replace" =>
                new MessageEdited(id, chat, sender, relation.Text("event_id"), content["m.new_content"].Text("body")!) { PlatformTime = time },
            "m.room.message" => new InboundMessage(id, place, sender, content.Text("body")!)
            {
                MessageId = id,
                PlatformTime = time,
                IsHistory = isFirst,
                Quote = relation?["m.in_reply_to"].Text("event_id") is { } quoted ? new Quote(quoted) : null,
                MentionsBot = content["m.mentions"].List("user_ids").Any(user => user.ToString() == _me),
                Attachments = content.Text("url") is { } file
                    ? [new Attachment(file, AttachmentKind.File) { Name = content.Text("filename"), ContentType = content.Text("info.mimetype") }]
                    : [],
            },
            _ => null,
        };
    }

    private static IEnumerable<DeliveryChanged> Receipts(Chat chat, JsonNode e)
    {
        if (e.Text("type") != "m.receipt") yield break;
        foreach (var (message, kinds) in e.At("content")!.AsObject())
        {
            foreach (var (user, _) in kinds?["m.read"]?.AsObject() ?? new JsonObject())
                yield return new DeliveryChanged($"{message}:{user}", chat, new Sender(user), message, DeliveryChange.Read);
        }
    }
}
