using System.Text.Json;
using System.Text.RegularExpressions;

namespace PluginGateway.Configuration;

/// <summary>Reads one JSON object key by key. A key that was never read is unknown; every problem carries the key's full path.</summary>
/// <remarks>Each method registers its key as known and returns the given default when the key is absent or its value is unusable (then it has been
/// reported).</remarks>
internal sealed partial class ObjectReader
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];
    private readonly ProblemList _problems;
    private readonly bool _isObject;

    public ObjectReader(JsonElement? element, string path, ProblemList problems)
    {
        (Path, _problems) = (path, problems);
        if (element is not { } value) return;
        Element = value;
        _isObject = value.ValueKind == JsonValueKind.Object;
        if (_isObject)
        {
            foreach (var member in value.EnumerateObject()) _members[member.Name] = member.Value;
        }
        else
        {
            problems.Error(path, Shown(value), "is not an object; allowed: { ... }.");
        }
    }

    /// <summary>The value as it is written; null when the key is absent.</summary>
    public JsonElement? Element { get; }

    /// <summary>The full key of the object; empty for the whole file.</summary>
    public string Path { get; }

    public string KeyOf(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    /// <summary>Returns the raw value, or null when the key is absent.</summary>
    public JsonElement? Raw(string name)
    {
        _known.Add(name);
        _problems.Know(Pattern(KeyOf(name)));
        return _members.TryGetValue(name, out var value) ? value : null;
    }

    public ObjectReader Object(string name) => new(Raw(name), KeyOf(name), _problems);

    /// <summary>Returns the items of a list with their keys; null when the key is absent.</summary>
    public IReadOnlyList<(string Key, JsonElement Value)>? Items(string name)
    {
        if (Raw(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Array) return [.. value.EnumerateArray().Select((item, index) => ($"{KeyOf(name)}[{index}]", item))];
        _problems.Error(KeyOf(name), Shown(value), "is not a list; allowed: [ ... ].");
        return [];
    }

    /// <summary>Returns the texts of a list that keep to the rule, which returns null, or the fault.</summary>
    public IReadOnlyList<string> Texts(string name, Func<string, string?> rule)
    {
        List<string> texts = [];
        foreach (var (key, value) in Items(name) ?? [])
        {
            if (value.ValueKind != JsonValueKind.String) _problems.Error(key, Shown(value), "is not text; put it in double quotes.");
            else if (rule(value.GetString()!) is { } fault) _problems.Error(key, value.GetString(), fault);
            else texts.Add(value.GetString()!);
        }

        return texts;
    }

    public string? Text(string name, string? otherwise, Func<string, string?>? rule = null)
    {
        if (Raw(name) is not { } value) return otherwise;
        if (value.ValueKind != JsonValueKind.String) return Unusable(name, value, "is not text; put it in double quotes.", otherwise);
        var text = value.GetString()!;
        return rule?.Invoke(text) is { } fault ? Unusable(name, value, fault, otherwise) : text;
    }

    /// <summary>Reads a text like <see cref="Text"/>, for a key that must be there.</summary>
    public string RequiredText(string name, Func<string, string?> rule)
    {
        if (_isObject && !_members.ContainsKey(name)) _problems.Error(KeyOf(name), null, "is missing.");
        return Text(name, "", rule)!;
    }

    public bool Flag(string name, bool otherwise) => Raw(name) is not { } value ? otherwise : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => Unusable(name, value, "is neither true nor false (without quotes).", otherwise),
    };

    public T Choice<T>(string name, T otherwise, IReadOnlyDictionary<string, T> choices)
    {
        if (Raw(name) is not { } value) return otherwise;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return choices.TryGetValue(text, out var choice)
            ? choice
            : Unusable(name, value, $"is unknown; allowed: {string.Join(", ", choices.Keys)}.", otherwise);
    }

    public long Whole(string name, long otherwise, long least, long most)
    {
        var allowed = $"allowed: a whole number from {least} to {most}.";
        if (Raw(name) is not { } value) return otherwise;
        if (Number(value) is not { } number || number != Math.Floor(number))
            return Unusable(name, value, $"is not a whole number; {allowed}", otherwise);
        return number < least || number > most ? Unusable(name, value, $"is out of range; {allowed}", otherwise) : (long)number;
    }

    /// <summary>Reads a length of time in seconds, fractions allowed.</summary>
    public TimeSpan Seconds(string name, TimeSpan otherwise, double least, double most)
    {
        var allowed = FormattableString.Invariant($"allowed: seconds from {least} to {most}.");
        if (Raw(name) is not { } value) return otherwise;
        if (Number(value) is not { } seconds) return Unusable(name, value, $"is not a number; {allowed}", otherwise);
        return seconds < least || seconds > most ? Unusable(name, value, $"is out of range; {allowed}", otherwise) : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Reads a deadline in seconds; zero or less means none, by the operator's choice, and is noted.</summary>
    public TimeSpan Deadline(string name, TimeSpan otherwise)
    {
        if (Raw(name) is not { } value) return otherwise;
        if (Number(value) is not { } seconds) return Unusable(name, value, "is not a number; allowed: seconds, 0 = no deadline.", otherwise);
        if (seconds > LongestDeadline)
            return Unusable(name, value, $"is more than a day; allowed: seconds up to {LongestDeadline}, 0 = no deadline.", otherwise);
        if (seconds > 0) return TimeSpan.FromSeconds(seconds);
        _problems.Notice(
            KeyOf(name), Shown(value), "means no deadline: a call that hangs is never abandoned; only the shutdown budget still bounds it.");
        return Timeout.InfiniteTimeSpan;
    }

    /// <summary>Longest deadline in seconds.</summary>
    public const int LongestDeadline = 86_400;

    /// <summary>Reports a key that belongs elsewhere.</summary>
    public void Misplaced(string name, string place)
    {
        if (_members.Remove(name)) _problems.Error(KeyOf(name), null, $"has no effect here; it belongs in {place}.");
    }

    /// <summary>Reports the keys that were never read.</summary>
    public void RejectUnknown()
    {
        foreach (var name in _members.Keys.Except(_known, StringComparer.Ordinal))
        {
            _problems.Error(KeyOf(name), null, $"is an unknown key{NearestName.Hint(name, _known)}");
        }
    }

    /// <summary>Returns a value as it is shown to the operator; null for an object or a list.</summary>
    public static string? Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object or JsonValueKind.Array => null,
        _ => value.GetRawText(),
    };

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private T Unusable<T>(string name, JsonElement value, string message, T otherwise)
    {
        _problems.Error(KeyOf(name), Shown(value), message);
        return otherwise;
    }

    private static string Pattern(string key) => IndexPattern().Replace(key, "[]");

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex IndexPattern();
}
