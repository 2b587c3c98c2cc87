using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Messages that were forwarded together.</summary>
/// <param name="Text">Their texts, with the names of their authors.</param>
/// <param name="Origin">Facts that all of them share.</param>
internal sealed record ForwardedMessages(string Text, ForwardOrigin Origin);

/// <summary>Look-up of messages that were forwarded together (<c>merge_forward</c>): an event has only the id of the message that holds them.
/// Without an answer within the look-up's time the text is <see cref="Unread"/>. Any thread.</summary>
/// <remarks>Source: the vendor's pages of <c>merge_forward</c> (fixed content) and of <c>GET /im/v1/messages/:message_id</c>: one flat list, in which
/// <c>upper_message_id</c> names the message that holds another one. Files in them cannot be fetched (code 234043 of the page of message
/// resources).</remarks>
internal sealed class MergedForwards(OpenApi api, People people)
{
    public const string Type = "merge_forward";
    public const string Unread = "[merged forward]";

    private const int MostMessages = 100;
    private const int MostNames = 20;
    private const int MostDepth = 8;
    private const int LongestText = 100_000;

    /// <summary>Returns the messages that a received one holds; null: it is of another type.</summary>
    /// <param name="message">The <c>message</c> of an event.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public async Task<ForwardedMessages?> OfAsync(JsonElement message, CancellationToken cancellationToken)
    {
        if (message.String("message_type") != Type || message.String("message_id") is not { } id) return null;
        return await ReadAsync((await api.GetMessageAsync(id, cancellationToken)).Messages(), id, cancellationToken);
    }

    /// <summary>Reads the messages of a look-up.</summary>
    /// <param name="items">The message that holds the others, and these.</param>
    /// <param name="id">The id of the message that holds the others.</param>
    /// <param name="cancellationToken">Ends the look-ups of names.</param>
    public async Task<ForwardedMessages> ReadAsync(JsonElement[] items, string id, CancellationToken cancellationToken)
    {
        var all = items.Where(item => item.String("message_id") != id).ToArray();
        var messages = all[..Math.Min(all.Length, MostMessages)];
        var names = await NamesAsync(messages, cancellationToken);
        var text = new StringBuilder();
        Write(text, messages.ToLookup(item => item.String("upper_message_id") ?? id), id, names, 0);
        if (text.Length == 0) return new ForwardedMessages(Unread, new ForwardOrigin(null));
        if (all.Length > messages.Length) text.Append('[').Append(all.Length - messages.Length).Append(" more]");
        var here = items.FirstOrDefault(item => item.String("message_id") == id).String("chat_id");
        var author = Only(messages.Select(static item => item.Get("sender").Id("id")));
        return new ForwardedMessages(text.ToString().TrimEnd('\n'), new ForwardOrigin(author is null ? null : names.GetValueOrDefault(author))
        {
            SenderId = author,
            ChatId = Only(messages.Select(static item => item.Id("chat_id"))) is { } chat && chat != here ? chat : null,
            PlatformTime = messages.Min(static item => ReceivedEvent.TimeOf(item.Number("create_time"))),
        });
    }

    /// <summary>Returns the value that all have; null: they differ, or one has none.</summary>
    private static string? Only(IEnumerable<string?> values) => values.Distinct().Take(2).ToArray() is [var one] ? one : null;

    /// <summary>Returns the names of people by their ids, as far as they are known.</summary>
    private async Task<Dictionary<string, string>> NamesAsync(JsonElement[] messages, CancellationToken cancellationToken)
    {
        string[] ids = [.. messages.Select(static item => item.Get("sender")).Where(static sender => sender.String("id_type") == "open_id")
            .Select(static sender => sender.Id("id")).OfType<string>().Distinct().Take(MostNames)];
        var names = await Task.WhenAll(ids.Select(id => people.NameAsync(id, cancellationToken)));
        return ids.Zip(names).Where(static one => one.Second is not null).ToDictionary(static one => one.First, static one => one.Second!);
    }

    /// <summary>Writes the messages that a message holds, in the order in which they were said; those of a message in it are indented.</summary>
    private static void Write(
        StringBuilder text, ILookup<string, JsonElement> held, string upper, Dictionary<string, string> names, int depth)
    {
        var indent = new string(' ', 2 * depth);
        foreach (var item in held[upper].OrderBy(static item => item.Number("create_time") ?? 0))
        {
            if (text.Length > LongestText) return;
            var author = item.Get("sender").Id("id") is { } id ? names.GetValueOrDefault(id, id) : "somebody";
            text.Append(indent).Append(author).Append(": ");
            text.Append(TextOf(item).Replace("\n", $"\n{indent}  ", StringComparison.Ordinal)).Append('\n');
            if (depth < MostDepth && item.String("message_id") is { } inner) Write(text, held, inner, names, depth + 1);
        }
    }

    /// <summary>Returns the text of a message, and its files by their kinds and names.</summary>
    private static string TextOf(JsonElement item)
    {
        if (item.Get("deleted").ValueKind == JsonValueKind.True) return "[recalled]";
        var (type, id) = (item.String("msg_type") ?? "unknown", item.String("message_id") ?? "");
        var content = ReceivedContent.Read(type, item.Get("body").String("content"), id);
        var text = ReceivedEvent.Named(content.Text, [.. item.Get("mentions").Items()]);
        var files = content.Attachments.Select(static file => string.Join(' ', file.Kind.ToString().ToLowerInvariant(), file.Name).TrimEnd())
            .Select(static file => $"[{file}]");
        var whole = string.Join(' ', ((string[])[text, .. files]).Where(static part => part.Length > 0));
        return whole.Length <= LongestText ? whole : whole[..LongestText];
    }
}
