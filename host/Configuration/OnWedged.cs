namespace PluginGateway.Configuration;

/// <summary>What happens to an adapter that wedges again and again.</summary>
internal enum OnWedged
{
    /// <summary>Not started again without the operator.</summary>
    Quarantine,

    /// <summary>The process ends, so that the service manager restarts it.</summary>
    Exit,

    /// <summary>Go on in a child process. Not available yet.</summary>
    Process,
}

/// <summary>Reads the <c>onWedged</c> key.</summary>
internal static class OnWedgedKey
{
    private const string Name = "onWedged";

    private static readonly Dictionary<string, OnWedged> Choices = new()
    {
        ["quarantine"] = OnWedged.Quarantine,
        ["exit"] = OnWedged.Exit,
        ["process"] = OnWedged.Process,
    };

    public static OnWedged Read(ObjectReader reader, OnWedged otherwise, ReadScope scope)
    {
        var choice = reader.Choice(Name, otherwise, Choices);
        if (choice != OnWedged.Process) return choice;
        scope.Problems.Error(reader.KeyOf(Name), "process", "is not available yet: this version runs adapters in its own process only; allowed: quarantine, exit.");
        return otherwise;
    }
}
