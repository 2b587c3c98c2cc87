using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginGateway.PaperAdapters;

/// <summary>WhatsApp Cloud API: notifications of the webhook, requests of the Graph API. Source of the shapes: developers.facebook.com, "Webhooks:
/// Payload Examples", "Messages", "Error Codes". It has no edits of sent messages.</summary>
internal sealed class WhatsAppAdapter(AdapterContext host, RecordedPlatform platform) : PaperAdapter(host, platform), IReactToMessages
{
    /// <summary>Option of a message: the name of an approved template, which may be sent at any time.</summary>
    private const string Template = "template";

    /// <summary>Error: more than 24 hours since the person wrote.</summary>
    private const string WindowClosed = "131047";

    public static ChannelAdapterAttribute Declaration => new("whatsapp", typeof(WhatsAppAdapter))
    {
        MaxTextLength = 4096,
        MaxCaption = 1024,
        Inbound = InboundClass.AckGated,
        Idempotency = Idempotency.None,
        MaxButtons = 3,
        MaxButtonLabel = 20,
        ButtonIdBytes = 256,
        MaxAttachments = 1,
        AccountMessagesPerSecond = 80,
        ChatMessagesPerSecond = 0.16,
        Features = MessageFeatures.Location | MessageFeatures.LinkPreview,
        Extras = [Template],
    };

    public override Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        var number = Ask("GET", "/106540000000001", new JsonObject());
        return Task.FromResult(new ConnectionInfo { AccountId = number.Text("id"), AccountName = number.Text("display_phone_number") });
    }

    public override async Task<string?> ReceiveAsync(string payload, CancellationToken cancellationToken)
    {
        var changes = JsonNode.Parse(payload).List("entry").SelectMany(static entry => entry.List("changes"));
        foreach (var value in changes.Select(static change => change.At("value")))
        {
            var contact = value.List("contacts").FirstOrDefault();
            foreach (var message in value.List("messages"))
            {
                if (!(await AcceptAsync(Message(message, contact), cancellationToken)).Acknowledge) return "503";
            }

            foreach (var report in value.List("statuses").Select(Status).OfType<DeliveryChanged>())
            {
                if (!(await AcceptAsync(report, cancellationToken)).Acknowledge) return "503";
            }
        }

        return "200";
    }

    public override Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var body = To(message.Chat);
        if (message.ReplyTo is { } answered) body["context"] = new JsonObject { ["message_id"] = answered };
        body["biz_opaque_callback_data"] = message.Key;
        if (message.Extras.TryGetValue(Template, out var template))
        {
            body["type"] = "template";
            body["template"] = new JsonObject { ["name"] = template, ["language"] = new JsonObject { ["code"] = "en" } };
        }
        else if (message.Location is { } place)
        {
            body["type"] = "location";
            body["location"] = new JsonObject { ["latitude"] = place.Latitude, ["longitude"] = place.Longitude, ["name"] = place.Name };
        }
        else if (message.Buttons.Count == 0)
        {
            body["type"] = "text";
            body["text"] = new JsonObject { ["body"] = message.Text, ["preview_url"] = message.LinkPreview };
        }
        else
        {
            body["type"] = "interactive";
            body["interactive"] = new JsonObject
            {
                ["type"] = "button",
                ["body"] = new JsonObject { ["text"] = message.Text },
                ["action"] = new JsonObject
                {
                    ["buttons"] = new JsonArray([.. message.Buttons.Select(static button => new JsonObject
                    {
                        ["type"] = "reply",
                        ["reply"] = new JsonObject { ["id"] = button.Token, ["title"] = button.Label },
                    })]),
                },
            };
        }

        var sent = Ask("POST", "/106540000000001/messages", body);
        return Task.FromResult(sent.Text("messages.0.id") is { } id ? SendResult.Sent(id) : SendResult.NotSent(ErrorOf(sent.At("error")!)));
    }

    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        var body = To(reaction.Message.Chat);
        body["type"] = "reaction";
        body["reaction"] = new JsonObject { ["message_id"] = reaction.Message.MessageId, ["emoji"] = reaction.Emoji ?? "" };
        return Task.FromResult(SendResult.Sent(Ask("POST", "/106540000000001/messages", body).Text("messages.0.id")!));
    }

    private static JsonObject To(Chat chat) => new() { ["messaging_product"] = "whatsapp", ["recipient_type"] = "individual", ["to"] = chat.Id };

    private static SendError ErrorOf(JsonNode error) => (error.Text("code") == WindowClosed
        ? SendError.WindowClosed("More than 24 hours have passed since the person wrote: only a template can be sent.")
        : SendError.InvalidMessage("WhatsApp refused the message.")) with { PlatformCode = error.Text("code") };

    private static DateTimeOffset TimeOf(JsonNode node) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(node.Text("timestamp")!, CultureInfo.InvariantCulture));

    private static InboundEvent Message(JsonNode message, JsonNode? contact)
    {
        var (id, time) = (message.Text("id"), TimeOf(message));
        var chat = new Chat(message.Text("from")!, ChatKind.Direct);
        var sender = new Sender(message.Text("from")!, contact.Text("profile.name")) { Account = message.Text("from") };
        return message.Text("type") switch
        {
            "interactive" => new ButtonPressed(id, chat, sender, message.Text("interactive.button_reply.id")!)
            {
                MessageId = message.Text("context.id"),
                PlatformTime = time,
            },
            // The removal of a reaction has no emoji, and does not name the one that was removed.
            "reaction" => new ReactionChanged(id, chat, sender, message.Text("reaction.message_id")!)
            {
                Added = message.Text("reaction.emoji") is { Length: > 0 } emoji ? [new(emoji)] : [],
                PlatformTime = time,
            },
            var type => new InboundMessage(id, chat, sender, message.Text("text.body") ?? message.Text($"{type}.caption") ?? "")
            {
                MessageId = id,
                PlatformTime = time,
                Quote = message.Text("context.id") is { } quoted ? new Quote(quoted) { Sender = new Sender(message.Text("context.from")!) } : null,
                Attachments = message.Text($"{type}.id") is { } media
                    ? [new Attachment(media, KindOf(message)) { ContentType = message.Text($"{type}.mime_type") }] : [],
                Location = type == "location" ? new Location(Number(message, "location.latitude"), Number(message, "location.longitude")) : null,
            },
        };
    }

    private static DeliveryChanged? Status(JsonNode status)
    {
        DeliveryChange? change = status.Text("status") switch
        {
            "delivered" => DeliveryChange.Delivered,
            "read" => DeliveryChange.Read,
            "failed" => DeliveryChange.Failed,
            _ => null,
        };
        var (id, chat) = (status.Text("id")!, new Chat(status.Text("recipient_id")!, ChatKind.Direct));
        return change is not { } known ? null : new DeliveryChanged($"{id}:{known}", chat, null, id, known)
        {
            Error = status.Text("errors.0.title"),
            PlatformTime = TimeOf(status),
        };
    }

    private static AttachmentKind KindOf(JsonNode message) => message.Text("type") switch
    {
        "image" => AttachmentKind.Image,
        "sticker" => AttachmentKind.Sticker,
        "audio" => message.Text("audio.voice") == "true" ? AttachmentKind.Voice : AttachmentKind.Audio,
        _ => AttachmentKind.File,
    };

    private static double Number(JsonNode node, string path) => double.Parse(node.Text(path)!, CultureInfo.InvariantCulture);
}
