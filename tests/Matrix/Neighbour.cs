namespace PluginGateway.MatrixTests;

/// <summary>The healthy adapter, seen through its folder: what it is told, and its journal of what the gateway did with it.</summary>
internal sealed class Neighbour(string folder)
{
    private int _said;

    /// <summary>What the gateway has durably accepted from it.</summary>
    public IReadOnlyList<string> Accepted =>
        [.. Journal.Where(static entry => entry.What.StartsWith("Stored ", StringComparison.Ordinal)).Select(static entry => entry.What[7..])];

    /// <summary>What the gateway has had it send.</summary>
    public IReadOnlyList<string> Sent =>
        [.. Journal.Where(static entry => entry.What.StartsWith("sent ", StringComparison.Ordinal)).Select(static entry => entry.What[5..])];

    public IReadOnlyList<(DateTime Time, int Generation, string What)> Journal
    {
        get
        {
            var path = Path.Combine(folder, "journal");
            if (!File.Exists(path)) return [];
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ', 3))
                .Where(static parts => parts.Length == 3)
                .Select(static parts => (
                    DateTime.Parse(parts[0], null, System.Globalization.DateTimeStyles.AdjustToUniversal), int.Parse(parts[1], null), parts[2]))];
        }
    }

    public int Generation => Journal is { Count: > 0 } journal ? journal.Max(static entry => entry.Generation) : 0;

    public void WaitUntilConnected(TimeSpan bound) => Bound.Until(() => Has("connect"), bound, () => "the healthy adapter is not connected");

    /// <summary>Gives it a message and returns the text.</summary>
    public string Say()
    {
        var id = $"m{Interlocked.Increment(ref _said):000}";
        var text = $"<{id}>";
        var draft = Path.Combine(folder, id);
        File.WriteAllText(draft, text);
        File.Move(draft, Path.Combine(folder, "in", id));
        return text;
    }

    public void Fail() => File.WriteAllText(Path.Combine(folder, "fatal"), "");

    /// <summary>Waits for something it did; how long it took, or null when it has not by then.</summary>
    public TimeSpan? Await(Func<string, bool> what, DateTime since, TimeSpan bound, int generation = 0)
    {
        while (true)
        {
            foreach (var entry in Journal)
            {
                if (entry.Time >= since && (generation == 0 || entry.Generation == generation) && what(entry.What)) return entry.Time - since;
            }

            if (DateTime.UtcNow - since > bound) return null;
            Thread.Sleep(20);
        }
    }

    private bool Has(string what) => Journal.Any(entry => entry.What == what);
}
