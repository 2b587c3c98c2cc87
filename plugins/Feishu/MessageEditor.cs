using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Edits, deletions and reactions, for existing messages.</summary>
internal sealed class MessageEditor(OpenApi api, FeishuSettings settings, Recent<string> types, IPluginLog log)
{
    private const int MostPages = 10;

    public async Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        var what = $"Editing the message '{edit.Message.MessageId}'";
        var type = types.Find(edit.Message.MessageId);
        if (type is null)
        {
            var found = await api.GetMessageAsync(edit.Message.MessageId, cancellationToken);
            if (!found.IsGood) return CodeTable.ToResult(found, what);
            type = found.Message()?.String("msg_type") ?? MessageBody.TextType;
            types.Set(edit.Message.MessageId, type);
        }

        if (type is not (MessageBody.TextType or MessageBody.PostType or MessageBody.CardType))
            return Refused(SendErrorKind.InvalidMessage, $"{what}: it is of the type '{type}'; text, post and interactive can be edited.");
        var buttons = new CardButtons(edit.Message.Chat, edit.Buttons);
        var body = MessageBody.Of(edit.Text, type, edit.Format, settings, buttons);
        if (!body.Fits) return Refused(SendErrorKind.TooLong, $"{what}: the new text is too long for one request of the type '{type}'.");
        var edited = await PutAsync(edit.Message, body, what, cancellationToken);
        if (edit.Format == TextFormat.Plain || type == MessageBody.TextType || !CodeTable.IsFormRefused(edited)) return edited;
        // The type of a message cannot change, but its text can be shown as it is written.
        log.Information($"{edited.Error!.Message}; the text is sent without its format.");
        return await PutAsync(edit.Message, MessageBody.Of(edit.Text, type, TextFormat.Plain, settings, buttons), what, cancellationToken);
    }

    private async Task<SendResult> PutAsync(MessageRef message, MessageBody body, string what, CancellationToken cancellationToken)
    {
        var isCard = body.Type == MessageBody.CardType;
        var answer = await api.SendAsync(isCard ? HttpMethod.Patch : HttpMethod.Put, PathOf(message), Json.Bytes(json =>
        {
            json.WriteStartObject();
            if (!isCard) json.WriteString("msg_type", body.Type);
            json.WriteString("content", body.Content);
            json.WriteEndObject();
        }), cancellationToken);
        return answer.IsGood ? SendResult.Sent(message.MessageId) : CodeTable.ToResult(answer, what);
    }

    public async Task<SendResult> DeleteAsync(MessageRef message, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(HttpMethod.Delete, PathOf(message), null, cancellationToken);
        return answer.IsGood || CodeTable.IsTargetGone(answer)
            ? SendResult.Sent(message.MessageId)
            : CodeTable.ToResult(answer, $"Recalling the message '{message.MessageId}'");
    }

    /// <summary>Sets a reaction: adds the new one first and then removes the old ones, so that in between there are two, and never none.</summary>
    public async Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        var what = $"Reacting to the message '{reaction.Message.MessageId}'";
        var wanted = reaction.Emoji is { } emoji ? Emoji.NameOf(emoji) : null;
        if (reaction.Emoji is not null && wanted is null)
            return Refused(SendErrorKind.InvalidMessage,
                $"{what}: the platform has no reaction for '{reaction.Emoji}'; its own names (THUMBSUP, SMILE) can be used.");
        var (ours, failed) = await OursAsync(reaction.Message, cancellationToken);
        if (failed is not null) return CodeTable.ToResult(failed, what);
        if (wanted is not null && !ours.Exists(one => one.Emoji == wanted))
        {
            var added = await api.SendAsync(HttpMethod.Post, $"{PathOf(reaction.Message)}/reactions", Json.Bytes(json =>
            {
                json.WriteStartObject();
                json.WriteStartObject("reaction_type");
                json.WriteString("emoji_type", wanted);
                json.WriteEndObject();
                json.WriteEndObject();
            }), cancellationToken);
            if (!added.IsGood) return CodeTable.ToResult(added, what);
        }

        foreach (var old in ours.Where(one => one.Emoji != wanted))
        {
            var removed = await api.CallAsync(
                HttpMethod.Delete, $"{PathOf(reaction.Message)}/reactions/{Uri.EscapeDataString(old.Id)}", null, cancellationToken);
            if (!removed.IsGood && !CodeTable.IsTargetGone(removed)) return CodeTable.ToResult(removed, what);
        }

        return SendResult.Sent(reaction.Message.MessageId);
    }

    private static string PathOf(MessageRef message) => MessageLookup.PathOf(message.MessageId);

    private static SendResult Refused(SendErrorKind kind, string message) => SendResult.NotSent(new SendError(kind, SendRetry.Never, message));

    /// <summary>Returns this app's own reactions to a message.</summary>
    private async Task<(List<(string Id, string Emoji)> Ours, ApiAnswer? Failed)> OursAsync(MessageRef message, CancellationToken cancellationToken)
    {
        var ours = new List<(string, string)>();
        var page = "";
        for (var i = 0; i < MostPages; i++)
        {
            var answer = await api.GetAsync($"{PathOf(message)}/reactions?page_size=50{page}", cancellationToken);
            if (!answer.IsGood) return (ours, answer);
            foreach (var item in answer.Data.Get("items").Items())
            {
                var by = item.Get("operator");
                if (by.String("operator_type") == "app" && by.String("operator_id") == settings.AppId && item.String("reaction_id") is { } id
                    && item.Get("reaction_type").String("emoji_type") is { } emoji && emoji != TypingReactions.Name)
                    ours.Add((id, emoji));
            }

            if (answer.Data.Get("has_more").ValueKind != JsonValueKind.True || answer.Data.String("page_token") is not { } next) break;
            page = $"&page_token={Uri.EscapeDataString(next)}";
        }

        return (ours, null);
    }
}
