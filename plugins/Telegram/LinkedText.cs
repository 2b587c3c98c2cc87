using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Text with the address of each link behind its words, <c>words (address)</c>: Telegram keeps the addresses of such links in entities,
/// outside the text.</summary>
internal sealed class LinkedText
{
    private readonly (int End, string Address)[] _links;

    private LinkedText(string text, (int End, string Address)[] links)
    {
        _links = links;
        var linked = new StringBuilder(text);
        foreach (var (end, address) in links.Reverse()) linked.Insert(end, address);
        Text = linked.ToString();
    }

    /// <summary>The text with the addresses.</summary>
    public string Text { get; }

    /// <summary>Adds the addresses to a text. A link whose words are its address gets none.</summary>
    /// <param name="text">The text as it was sent.</param>
    /// <param name="entities">Its entities.</param>
    public static LinkedText Of(string text, IEnumerable<JsonElement> entities) => new(text,
    [
        .. entities.Where(static entity => entity.Text("type") == "text_link")
            .Select(entity => (Words: Mentions.Part(entity, text), Address: entity.Text("url"), Start: entity.Number("offset")))
            .Where(static link => link.Words.Length > 0 && link.Address is { Length: > 0 } address && link.Words.TrimEnd('/') != address.TrimEnd('/'))
            .Select(static link => ((int)link.Start!.Value + link.Words.TrimEnd().Length, $" ({link.Address})"))
            .OrderBy(static link => link.Item1),
    ]);

    /// <summary>Returns the place in <see cref="Text"/> of a place in the text as it was sent, in UTF-16 units.</summary>
    public int PlaceOf(int offset) => offset + _links.Where(link => link.End <= offset).Sum(static link => link.Address.Length);
}
