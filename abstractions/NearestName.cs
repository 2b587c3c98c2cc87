namespace PluginGateway;

/// <summary>Suggestion for a misspelt name.</summary>
internal static class NearestName
{
    /// <summary>Returns the known name fewest edits away, letter case not counted; null: none is near enough for a typing error.</summary>
    internal static string? Of(string name, IEnumerable<string> known) => known
        .Select(candidate => (Name: candidate, Edits: Edits(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
        .Where(found => found.Edits <= Math.Max(1, Math.Min(name.Length, found.Name.Length) / 3))
        .OrderBy(static found => found.Edits)
        .Select(static found => found.Name)
        .FirstOrDefault();

    /// <summary>Levenshtein's distance.</summary>
    private static int Edits(string left, string right)
    {
        var above = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 0; i < left.Length; i++)
        {
            var row = new int[right.Length + 1];
            row[0] = i + 1;
            for (var j = 0; j < right.Length; j++)
                row[j + 1] = Math.Min(above[j] + (left[i] == right[j] ? 0 : 1), Math.Min(above[j + 1], row[j]) + 1);
            above = row;
        }

        return above[right.Length];
    }
}
