namespace PluginGateway.Configuration.Options;

/// <summary>What happens to an adapter that wedges again and again.</summary>
internal enum OnWedged
{
    /// <summary>Not started again without the operator.</summary>
    Quarantine,

    /// <summary>The process ends, so that the service manager restarts it.</summary>
    Exit,

    /// <summary>An adapter goes on in a process of its own, until its configuration changes or the gateway restarts; what wedges there, or is a handler, is quarantined.</summary>
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

    public static OnWedged Read(ObjectReader reader, OnWedged otherwise) => reader.Choice(Name, otherwise, Choices);
}
