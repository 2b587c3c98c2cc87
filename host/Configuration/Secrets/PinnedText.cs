using System.Text;
using System.Text.Json;

namespace PluginGateway.Configuration.Secrets;

/// <summary>Writes pins into the text of a configuration, and changes nothing else: comments, order and white space stay. Pure.</summary>
internal sealed class PinnedText
{
    private static readonly JsonReaderOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    private PinnedText()
    {
    }

    /// <param name="text">A configuration that can be read.</param>
    /// <param name="pins">The hash for each key: <c>handler</c>, <c>adapters[0]</c>, <c>adapters[0].handler</c>. A key that the text does not have
    /// cannot be pinned, but for <c>handler</c>.</param>
    public static string With(string text, IReadOnlyDictionary<string, string> pins)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var found = new PinnedText();
        var reader = new Utf8JsonReader(bytes, Options);
        reader.Read();
        found.ReadObject(ref reader, "");
        List<(int At, int Length, string New)> edits = [];
        foreach (var (key, hash) in pins)
        {
            if (found._places.TryGetValue(key, out var place)) edits.Add(place.Edit(hash));
            else if (key == "handler" && found._places.TryGetValue("", out var root))
                edits.Add((root.Start + 1, 0, $" \"handler\": {{ \"sha256\": \"{hash}\" }}{(root.IsEmpty ? " " : ",")}"));
        }

        var result = new List<byte>(bytes);
        foreach (var edit in edits.OrderByDescending(static edit => edit.At))
        {
            result.RemoveRange(edit.At, edit.Length);
            result.InsertRange(edit.At, Encoding.UTF8.GetBytes(edit.New));
        }

        return Encoding.UTF8.GetString([.. result]);
    }

    private void ReadObject(ref Utf8JsonReader reader, string path)
    {
        var place = new Place { Start = (int)reader.TokenStartIndex };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            place.IsEmpty = false;
            var name = reader.GetString()!;
            reader.Read();
            if (name == "sha256") place.Pin = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            if (name == "plugin") place.PluginEnd = (int)reader.BytesConsumed;
            ReadValue(ref reader, path.Length == 0 ? name : $"{path}.{name}");
        }

        _places[path] = place;
    }

    private void ReadValue(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadObject(ref reader, path);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++) ReadValue(ref reader, $"{path}[{index}]");
        }
    }

    /// <summary>Position of an object in the text, and of the keys that matter here.</summary>
    private sealed class Place
    {
        public int Start { get; init; }

        public bool IsEmpty { get; set; } = true;

        public (int From, int To)? Pin { get; set; }

        public int? PluginEnd { get; set; }

        public (int At, int Length, string New) Edit(string hash) => (Pin, PluginEnd) switch
        {
            ({ } pin, _) => (pin.From, pin.To - pin.From, $"\"{hash}\""),
            (null, { } end) => (end, 0, $", \"sha256\": \"{hash}\""),
            _ => (Start + 1, 0, $" \"sha256\": \"{hash}\"{(IsEmpty ? " " : ",")}"),
        };
    }
}
