namespace PluginGateway.PaperAdapters;

/// <summary>Parsed MIME message: as much of MIME as the recorded messages have.</summary>
internal sealed class Mail
{
    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);

    public string Text { get; private set; } = "";

    public List<(string? Name, string ContentType)> Files { get; } = [];

    /// <summary>Fields of a delivery or read report; null: the message is none.</summary>
    public Mail? Report { get; private set; }

    public string? this[string header] => _headers.GetValueOrDefault(header);

    public static Mail Parse(string raw)
    {
        var mail = new Mail();
        var end = raw.IndexOf("\n\n", StringComparison.Ordinal);
        var (head, body) = end < 0 ? (raw, "") : (raw[..end], raw[(end + 2)..]);
        foreach (var line in head.Replace("\n ", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) mail._headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        var type = mail["Content-Type"] ?? "text/plain";
        if (Parameter(type, "boundary") is { } boundary) mail.Divide(body, boundary);
        else mail.Text = body.Trim('\n');
        return mail;
    }

    /// <summary>Returns the name and the address of a mailbox, <c>Name &lt;address&gt;</c>.</summary>
    public static (string? Name, string Address) Mailbox(string text) => text.IndexOf('<', StringComparison.Ordinal) is var at && at < 0
        ? (null, text) : (text[..at].Trim(' ', '"') is { Length: > 0 } name ? name : null, text[(at + 1)..].TrimEnd('>'));

    private static string? Parameter(string header, string name)
    {
        var at = header.IndexOf($"{name}=", StringComparison.Ordinal);
        return at < 0 ? null : header[(at + name.Length + 1)..].Split(';')[0].Trim('"');
    }

    private void Divide(string body, string boundary)
    {
        foreach (var piece in body.Split($"--{boundary}").Skip(1).Where(static piece => !piece.StartsWith("--", StringComparison.Ordinal)))
        {
            var part = Parse(piece.TrimStart('\n'));
            var type = part["Content-Type"]!;
            if (type.StartsWith("message/d", StringComparison.Ordinal)) Report = Parse(part.Text.Replace("\n\n", "\n", StringComparison.Ordinal));
            else if (part["Content-Disposition"] is { } disposition) Files.Add((Parameter(disposition, "filename"), type.Split(';')[0]));
            else Text = part.Text;
        }
    }
}
