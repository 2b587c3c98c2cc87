namespace PluginGateway.Configuration.Options;

/// <summary>Words of a chat by which a person controls the gateway; no handler gets them.</summary>
internal enum ControlWord
{
    /// <summary>Stops what runs and waits in the session.</summary>
    Stop,

    /// <summary>Stops it, and begins a new session without memory.</summary>
    New,

    /// <summary>Tells what runs and waits in the session.</summary>
    Status,

    /// <summary>Lists the commands.</summary>
    Help,
}

/// <summary>Names of the control words. The first name of each is shown to people; a word without a name is switched off.</summary>
internal sealed record ControlWordOptions
{
    private static readonly ControlWord[] Words = Enum.GetValues<ControlWord>();

    private IReadOnlyList<string>[] Names { get; init; } = [["stop"], ["new"], ["status"], ["help"]];

    /// <summary>The words that are switched on, each with its first name.</summary>
    public IEnumerable<(ControlWord Word, string Name)> Shown =>
        Words.Where(word => NamesOf(word).Count > 0).Select(word => (word, NamesOf(word)[0]));

    /// <summary>Returns the names of a word.</summary>
    public IReadOnlyList<string> NamesOf(ControlWord word) => Names[(int)word];

    /// <summary>Returns the word of a name, without its prefix; null: the name is none.</summary>
    public ControlWord? Find(string name)
    {
        foreach (var word in Words)
        {
            if (NamesOf(word).Contains(name, StringComparer.OrdinalIgnoreCase)) return word;
        }

        return null;
    }

    /// <summary>Reads the words; those that the object does not name are inherited.</summary>
    public static ControlWordOptions Read(ObjectReader reader, ControlWordOptions inherited, ReadScope scope)
    {
        var read = new ControlWordOptions
        {
            Names =
            [
                .. Words.Select(word => reader.Texts(KeyOf(word), Rules.ControlWord) is var names && reader.Raw(KeyOf(word)) is null
                    ? inherited.NamesOf(word)
                    : names),
            ],
        };
        reader.RejectUnknown();
        foreach (var twice in read.Names.SelectMany(static names => names).GroupBy(static name => name, StringComparer.OrdinalIgnoreCase)
            .Where(static group => group.Count() > 1))
            scope.Problems.Error(reader.Path, twice.Key, "is the name of two control words, or twice of one; give each its own.");
        return read;
    }

    public bool Equals(ControlWordOptions? other) => other is not null && Words.All(word => NamesOf(word).SequenceEqual(other.NamesOf(word)));

    public override int GetHashCode() => Names.Sum(static names => names.Count);

    private static string KeyOf(ControlWord word) => word.ToString().ToLowerInvariant();
}
