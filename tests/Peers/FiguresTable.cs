namespace PluginGateway.PeerTests;

/// <summary>A table of what was measured, in <c>artifacts</c>: written anew with every row, in the order of their keys. Any thread.</summary>
internal sealed class FiguresTable(string file, params string[] heading)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, string> _rows = new(StringComparer.Ordinal);

    public void Put(string key, FormattableString row)
    {
        lock (_gate)
        {
            _rows[key] = FormattableString.Invariant(row);
            var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts")).FullName;
            File.WriteAllLines(Path.Combine(folder, file), [.. heading, .. _rows.Values]);
        }
    }
}
