namespace PluginGateway.Configuration;

/// <summary>Finds what the operator probably meant.</summary>
internal static class NearestName
{
    /// <summary>The candidate fewest edits away, letter case not counted, if that is near enough to be a slip of the fingers.</summary>
    public static string? Of(string name, IEnumerable<string> candidates) => candidates
        .Select(candidate => (candidate, distance: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
        .Where(c => c.distance <= Math.Max(1, Math.Min(name.Length, c.candidate.Length) / 3))
        .OrderBy(c => c.distance)
        .Select(c => c.candidate)
        .FirstOrDefault();

    /// <summary>The end of a sentence: <c>; did you mean 'enabled'?</c>, or the list of what is allowed.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> candidates) => Of(name, candidates) is { } nearest
        ? $"; did you mean '{nearest}'?"
        : $"; allowed: {string.Join(", ", candidates)}.";

    /// <summary>What there is, for a sentence: the first of many, and how many more there are.</summary>
    public static string Listed(IReadOnlyList<string> ids)
    {
        const int most = 20;
        var named = string.Join(", ", ids.Take(most).Select(static id => $"'{id}'"));
        return ids.Count > most ? $"{named} and {ids.Count - most} more" : named;
    }

    /// <summary>That there is no adapter of this name, and which there are.</summary>
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
