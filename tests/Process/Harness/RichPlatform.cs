using System.Text.Json;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>The folder that is the platform of the adapter with every capability.</summary>
internal sealed class RichPlatform(TempFolder folder)
{
    public const string Id = "rich";

    private string Folder => Path.Combine(folder["data"], "adapters", Id);

    /// <summary>What the adapter has done.</summary>
    public IReadOnlyList<Deed> Deeds => !File.Exists(Journal)
        ? []
        : [.. Read().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => new Deed(JsonDocument.Parse(line).RootElement))];

    private string Journal => Path.Combine(Folder, "journal");

    /// <summary>Somebody writes, and attaches files with these contents.</summary>
    public void Write(string eventId, string text, params string[] contents)
    {
        var references = contents.Select((_, i) => $"{eventId}-{i}").ToArray();
        for (var i = 0; i < contents.Length; i++) File.WriteAllText(Path.Combine(Folder, "files", references[i]), contents[i]);
        var draft = Path.Combine(Folder, $"draft-{eventId}");
        File.WriteAllLines(draft, [text, .. references]);
        File.Move(draft, Path.Combine(Folder, "in", eventId));
    }

    /// <summary>From now on this member never comes back; null: all do.</summary>
    public void Hang(string? member)
    {
        Directory.CreateDirectory(Folder);
        if (member is null) File.Delete(Path.Combine(Folder, "hang"));
        else File.WriteAllText(Path.Combine(Folder, "hang"), member);
    }

    /// <summary>Account and limits of the next connection, as JSON.</summary>
    public void Tell(string connection)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "connection"), connection);
    }

    public void WaitFor(Func<IReadOnlyList<Deed>, bool> so) => Bound.Until(() => so(Deeds), Bound.Replies, () => string.Join('\n', Deeds));

    private string Read()
    {
        using var file = new FileStream(Journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)];
    }

    /// <summary>One thing that the adapter has done.</summary>
    internal sealed record Deed(JsonElement Json)
    {
        public string Did => Of("did")!;

        public string Message => Of("message")!;

        public DateTimeOffset At => Json.GetProperty("at").GetDateTimeOffset();

        public string? Of(string name) => Json.TryGetProperty(name, out var value) ? value.GetString() : null;

        public override string ToString() => Json.ToString();
    }
}
