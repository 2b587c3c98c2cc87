namespace PluginGateway.Configuration;

/// <summary>Suggestions for misspelt names.</summary>
internal static class NearestName
{
    /// <summary>Returns the candidate fewest edits away, letter case not counted, if that is near enough to be a typing error.</summary>
    public static string? Of(string name, IEnumerable<string> candidates) => candidates
        .Select(candidate => (candidate, distance: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
        .Where(c => c.distance <= Math.Max(1, Math.Min(name.Length, c.candidate.Length) / 3))
        .OrderBy(c => c.distance)
        .Select(c => c.candidate)
        .FirstOrDefault();

    /// <summary>Returns the end of a sentence: <c>; did you mean 'enabled'?</c>, or the list of allowed names.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> candidates) => Of(name, candidates) is { } nearest
        ? $"; did you mean '{nearest}'?"
        : $"; allowed: {string.Join(", ", candidates)}.";

    /// <summary>Lists ids for a sentence: the first twenty, and the number of the others.</summary>
    public static string Listed(IReadOnlyList<string> ids)
    {
        const int most = 20;
        var named = string.Join(", ", ids.Take(most).Select(static id => $"'{id}'"));
        return ids.Count > most ? $"{named} and {ids.Count - most} more" : named;
    }

    /// <summary>Returns the sentence that there is no adapter of this id, with the ids that there are.</summary>
    public static string NoAdapter(string id, IReadOnlyList<string> ids) =>
        $"There is no adapter '{id}'; there {(ids.Count == 1 ? "is" : "are")}: {Listed([.. ids.Order(StringComparer.Ordinal)])}.";

    private static int Distance(string left, string right)
    {
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 0; i < left.Length; i++)
        {
            var current = new int[right.Length + 1];
            current[0] = i + 1;
            for (var j = 0; j < right.Length; j++)
            {
                var substitution = previous[j] + (left[i] == right[j] ? 0 : 1);
                current[j + 1] = Math.Min(substitution, Math.Min(previous[j + 1], current[j]) + 1);
            }

            previous = current;
        }

        return previous[right.Length];
    }
}
