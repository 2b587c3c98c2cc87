using System.Globalization;
using System.Text;

namespace PluginGateway.Control;

/// <summary>Reads the one shape that a request has, an object of texts and of objects of texts, and throws nothing: every exception on the control
/// thread runs a plugin's hook for first-chance exceptions.</summary>
internal ref struct ControlRequestReader
{
    private ReadOnlySpan<byte> _rest;

    private ControlRequestReader(ReadOnlySpan<byte> line) => _rest = line;

    /// <summary>Null: it is no request.</summary>
    public static ControlRequest? Read(ReadOnlySpan<byte> line)
    {
        var reader = new ControlRequestReader(line);
        string? verb = null;
        Dictionary<string, string>? arguments = null;
        if (!reader.Takes((byte)'{')) return null;
        if (!reader.Takes((byte)'}'))
        {
            do
            {
                if (reader.Text() is not { } name || !reader.Takes((byte)':')) return null;
                if (reader.TakesNull()) continue;
                if (name == "arguments") arguments = reader.Texts();
                else if (reader.Text() is not { } value) return null;
                else if (name == "verb") verb = value;
                if (name == "arguments" && arguments is null) return null;
            }
            while (reader.Takes((byte)','));
            if (!reader.Takes((byte)'}')) return null;
        }

        return reader.IsAtEnd && verb is not null ? new ControlRequest(verb, arguments) : null;
    }

    /// <summary>Returns true when a text is a JSON list of objects of strings, which a parser then reads without an exception.</summary>
    public static bool IsListOfTexts(string json)
    {
        var reader = new ControlRequestReader(Encoding.UTF8.GetBytes(json));
        if (!reader.Takes((byte)'[')) return false;
        if (reader.Takes((byte)']')) return reader.IsAtEnd;
        do
        {
            if (reader.Texts(mayBeNull: true) is null) return false;
        }
        while (reader.Takes((byte)','));
        return reader.Takes((byte)']') && reader.IsAtEnd;
    }

    private bool IsAtEnd => SkipSpace().IsEmpty;

    private ReadOnlySpan<byte> SkipSpace() => _rest = _rest.TrimStart(" \t\r\n"u8);

    private bool Takes(byte wanted)
    {
        if (SkipSpace().IsEmpty || _rest[0] != wanted) return false;
        _rest = _rest[1..];
        return true;
    }

    private bool TakesNull()
    {
        if (!SkipSpace().StartsWith("null"u8)) return false;
        _rest = _rest[4..];
        return true;
    }

    private Dictionary<string, string>? Texts(bool mayBeNull = false)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!Takes((byte)'{')) return null;
        if (Takes((byte)'}')) return texts;
        do
        {
            if (Text() is not { } name || !Takes((byte)':')) return null;
            if (mayBeNull && TakesNull()) continue;
            if (Text() is not { } value) return null;
            texts[name] = value;
        }
        while (Takes((byte)','));
        return Takes((byte)'}') ? texts : null;
    }

    private string? Text()
    {
        if (!Takes((byte)'"')) return null;
        var text = new StringBuilder();
        while (true)
        {
            var end = _rest.IndexOfAny((byte)'"', (byte)'\\');
            if (end < 0 || _rest[..end].IndexOfAnyInRange((byte)0, (byte)0x1f) >= 0) return null;
            text.Append(Encoding.UTF8.GetString(_rest[..end]));
            var isEscape = _rest[end] == (byte)'\\';
            _rest = _rest[(end + 1)..];
            if (!isEscape) return IsWhole(text) ? text.ToString() : null;
            if (!Unescape(text)) return null;
        }
    }

    private bool Unescape(StringBuilder text)
    {
        if (_rest.IsEmpty) return false;
        var kind = (char)_rest[0];
        _rest = _rest[1..];
        if (kind == 'u')
        {
            if (_rest.Length < 4 || !ushort.TryParse(_rest[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
                return false;
            text.Append((char)unit);
            _rest = _rest[4..];
            return true;
        }

        var place = "\"\\/bfnrt".IndexOf(kind, StringComparison.Ordinal);
        if (place >= 0) text.Append("\"\\/\b\f\n\r\t"[place]);
        return place >= 0;
    }

    /// <summary>No half of a surrogate pair alone.</summary>
    private static bool IsWhole(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }
}
