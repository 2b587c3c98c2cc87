using System.Text;
using System.Text.Json;

namespace PluginGateway.Configuration;

/// <summary>JSON with comments and trailing commas, checked as a text before any value is read from it.</summary>
internal static class ConfigurationDocument
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Parses a text. Null after reporting a syntax error, or text that is no valid Unicode. Duplicate keys are reported and the last one
    /// stands.</summary>
    public static JsonElement? Parse(string text, ProblemList problems)
    {
        try
        {
            var root = JsonElement.Parse(text, Options);
            return IsSound(root, "", problems) ? root : null;
        }
        catch (JsonException e)
        {
            problems.Error("", null, $"line {e.LineNumber + 1}, column {Column(text, e)}: {Reason(e)}");
            return null;
        }
    }

    private static bool IsSound(JsonElement element, string path, ProblemList problems)
    {
        if (element.ValueKind == JsonValueKind.String) return Decodes(element, path, problems);
        if (element.ValueKind == JsonValueKind.Array)
        {
            var items = element.EnumerateArray().Select((item, index) => IsSound(item, $"{path}[{index}]", problems)).ToList();
            return items.TrueForAll(sound => sound);
        }

        if (element.ValueKind != JsonValueKind.Object) return true;

        var sound = true;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (Name(member) is not { } name)
            {
                problems.Error(path, null, "has a key that is no valid Unicode text.");
                sound = false;
                continue;
            }

            var key = path.Length == 0 ? name : $"{path}.{name}";
            if (!seen.Add(name)) problems.Error(key, null, "is there twice in the same object; keep one.");
            sound &= IsSound(member.Value, key, problems);
        }

        return sound;
    }

    private static bool Decodes(JsonElement element, string path, ProblemList problems)
    {
        try
        {
            return element.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            problems.Error(path, null, "is no valid Unicode text (half of a surrogate pair).");
            return false;
        }
    }

    private static string? Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Returns the column in characters: the parser counts bytes.</summary>
    private static int Column(string text, JsonException e)
    {
        var line = Encoding.UTF8.GetBytes(text.Split('\n').ElementAtOrDefault((int)(e.LineNumber ?? 0)) ?? "");
        return Encoding.UTF8.GetCharCount(line, 0, (int)Math.Min(line.Length, e.BytePositionInLine ?? 0)) + 1;
    }

    /// <summary>Returns the parser's sentence without its position. One of its sentences quotes the text it met, which may be a secret without its
    /// quotes: that one is replaced.</summary>
    private static string Reason(JsonException e)
    {
        var message = e.Message;
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (position >= 0) message = message[..position];
        return message.Contains("invalid JSON literal", StringComparison.Ordinal)
            ? "a value that is neither quoted text nor a number, true, false or null."
            : message;
    }
}
