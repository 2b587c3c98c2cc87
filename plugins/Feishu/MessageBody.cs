using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Message in the platform's form: its type, and its content as JSON in a text.</summary>
internal sealed record MessageBody(string Type, string Content)
{
    public const string TextType = "text";
    public const string PostType = "post";
    public const string CardType = "interactive";

    /// <summary>Bytes of a whole request: the vendor says 150 KB of a text and 30 KB of anything else.</summary>
    public const int MostTextBytes = 150_000;

    public const int MostOtherBytes = 30_000;

    /// <summary>Size of the envelope around the content of a request, in bytes.</summary>
    public const int AroundContent = 1_000;

    /// <summary>True: the platform takes it, as far as its size goes.</summary>
    public bool Fits => SizeInRequest <= (Type == TextType ? MostTextBytes : MostOtherBytes) - AroundContent;

    /// <summary>The content is a text inside a text: its escapes are escaped again.</summary>
    private int SizeInRequest => Content.Length > MostTextBytes ? int.MaxValue : Json.Bytes(json => json.WriteStringValue(Content)).Length;

    /// <summary>Forms (message types) for a text, the richest first: the next one is for a platform that refuses the one before. A text is always
    /// taken. Buttons stand in a card only.</summary>
    public static IReadOnlyList<string> FormsOf(TextFormat format, FeishuSettings settings, bool hasButtons = false) =>
        (hasButtons, format, settings.Markdown) switch
        {
            (true, _, _) => [CardType],
            (_, TextFormat.Plain, _) => [TextType],
            (_, _, FeishuSettings.Card) => [CardType, PostType, TextType],
            _ => [PostType, TextType],
        };

    /// <summary>Creates the body for a text in a given form; only a card has buttons.</summary>
    public static MessageBody Of(string text, string type, TextFormat format, FeishuSettings settings, CardButtons? buttons = null)
    {
        var said = settings.AllowMentions ? text : WithoutMentions(text);
        if (type != TextType && format == TextFormat.Markdown) said = MarkdownPictures.AsLinks(said);
        return new(type, Json.Text(json =>
        {
            json.WriteStartObject();
            if (type == CardType) Card(json, said, format, buttons);
            else if (type == PostType) Post(json, said, format);
            else json.WriteString("text", said);
            json.WriteEndObject();
        }));
    }

    public static MessageBody Image(string key) => Key("image", "image_key", key);

    public static MessageBody File(string type, string key) => Key(type, "file_key", key);

    /// <summary>Makes mentions plain text by an invisible character after the bracket: an answer that repeats a question must not notify a user, or
    /// all users.</summary>
    public static string WithoutMentions(string text) => text.Contains("<at", StringComparison.OrdinalIgnoreCase)
        ? text.Replace("<at", "<\u200Bat", StringComparison.OrdinalIgnoreCase)
        : text;

    private static MessageBody Key(string type, string name, string key) => new(type, Json.Text(json =>
    {
        json.WriteStartObject();
        json.WriteString(name, key);
        json.WriteEndObject();
    }));

    /// <summary>Writes a card of JSON 2.0: with 1.0 the platform shows headings, quotes, tables and inline code as they are written (vendor's page of
    /// the rich text component).</summary>
    private static void Card(Utf8JsonWriter json, string text, TextFormat format, CardButtons? buttons)
    {
        json.WriteString("schema", "2.0");
        json.WriteStartObject("config");
        json.WriteBoolean("update_multi", true); // without it the card can never be edited
        json.WriteEndObject();
        json.WriteStartObject("body");
        json.WriteStartArray("elements");
        // A card may be buttons only, but not nothing at all.
        if (text.Length > 0 || buttons is not { Buttons.Count: > 0 }) CardText(json, text, format);
        buttons?.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void CardText(Utf8JsonWriter json, string text, TextFormat format)
    {
        json.WriteStartObject();
        if (format == TextFormat.Markdown)
        {
            json.WriteString("tag", "markdown");
            json.WriteString("content", text);
        }
        else
        {
            json.WriteString("tag", "div");
            json.WriteStartObject("text");
            json.WriteString("tag", "plain_text");
            json.WriteString("content", text);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Post(Utf8JsonWriter json, string text, TextFormat format)
    {
        json.WriteStartObject("zh_cn");
        json.WriteStartArray("content");
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("tag", format == TextFormat.Markdown ? "md" : "text");
        json.WriteString("text", text);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
