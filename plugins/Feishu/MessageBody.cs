using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>A message as the platform takes it: its type, and its content as JSON in a text.</summary>
internal sealed record MessageBody(string Type, string Content)
{
    public const string TextType = "text";
    public const string PostType = "post";
    public const string CardType = "interactive";

    /// <summary>Bytes of a whole request: the vendor says 150 KB of a text and 30 KB of anything else.</summary>
    public const int MostTextBytes = 150_000;

    public const int MostOtherBytes = 30_000;

    /// <summary>What stands around the content in a request.</summary>
    public const int AroundContent = 1_000;

    /// <summary>True: the platform takes it, as far as its size goes.</summary>
    public bool Fits => SizeInRequest <= (Type == TextType ? MostTextBytes : MostOtherBytes) - AroundContent;

    /// <summary>The content is a text inside a text: what is escaped in it is escaped twice.</summary>
    private int SizeInRequest => Content.Length > MostTextBytes ? int.MaxValue : Json.Bytes(json => json.WriteStringValue(Content)).Length;

    /// <summary>A text in the form that fits its format.</summary>
    public static MessageBody Of(string text, TextFormat format, FeishuSettings settings) =>
        Of(text, format == TextFormat.Plain ? TextType : settings.Markdown == FeishuSettings.Card ? CardType : PostType, format, settings);

    /// <summary>A text in a given form.</summary>
    public static MessageBody Of(string text, string type, TextFormat format, FeishuSettings settings)
    {
        var said = settings.AllowMentions ? text : WithoutMentions(text);
        return new(type, Json.Text(json =>
        {
            json.WriteStartObject();
            if (type == CardType) Card(json, said, format);
            else if (type == PostType) Post(json, said, format);
            else json.WriteString("text", said);
            json.WriteEndObject();
        }));
    }

    public static MessageBody Image(string key) => Key("image", "image_key", key);

    public static MessageBody File(string type, string key) => Key(type, "file_key", key);

    /// <summary>An invisible character after the bracket makes a text of what would call people, or everybody: an answer must not do that because somebody wrote it into a question.</summary>
    public static string WithoutMentions(string text) => text.Contains("<at", StringComparison.OrdinalIgnoreCase)
        ? text.Replace("<at", "<\u200Bat", StringComparison.OrdinalIgnoreCase)
        : text;

    private static MessageBody Key(string type, string name, string key) => new(type, Json.Text(json =>
    {
        json.WriteStartObject();
        json.WriteString(name, key);
        json.WriteEndObject();
    }));

    private static void Card(Utf8JsonWriter json, string text, TextFormat format)
    {
        json.WriteStartObject("config");
        json.WriteBoolean("update_multi", true); // without it the card can never be edited
        json.WriteEndObject();
        json.WriteStartArray("elements");
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
        json.WriteEndArray();
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

/// <summary>As much of a text as one message holds.</summary>
/// <param name="Body">The message.</param>
/// <param name="Length">How many characters of the text are in it.</param>
internal readonly record struct FittingText(MessageBody Body, int Length)
{
    private const string Fence = "```";

    /// <summary>Cuts where a request would be too large: at a line, else at a space. A code block that is cut is closed; the host opens it again.</summary>
    public static FittingText Of(string text, TextFormat format, FeishuSettings settings)
    {
        var whole = MessageBody.Of(text, format, settings);
        if (whole.Fits) return new(whole, text.Length);
        var (fits, tooLong) = (1, text.Length);
        while (tooLong - fits > 1)
        {
            var middle = fits + ((tooLong - fits) / 2);
            if (Cut(text, middle, format, settings).Fits) fits = middle;
            else tooLong = middle;
        }

        var length = Boundary(text, fits);
        return new(Cut(text, length, format, settings), length);
    }

    private static MessageBody Cut(string text, int length, TextFormat format, FeishuSettings settings)
    {
        var part = text[..length];
        return MessageBody.Of(format == TextFormat.Markdown && IsInCode(part) ? $"{part.TrimEnd('\n')}\n{Fence}" : part, format, settings);
    }

    private static bool IsInCode(string text)
    {
        var isOpen = false;
        foreach (var line in text.AsSpan().EnumerateLines()) isOpen ^= line.TrimStart(' ').StartsWith(Fence, StringComparison.Ordinal);
        return isOpen;
    }

    private static int Boundary(string text, int fits)
    {
        var line = text.LastIndexOf('\n', fits - 1) + 1;
        if (line > fits / 2) return line;
        var space = text.LastIndexOf(' ', fits - 1) + 1;
        if (space > fits / 2) return space;
        return fits > 1 && char.IsLowSurrogate(text[fits]) ? fits - 1 : fits;
    }
}
