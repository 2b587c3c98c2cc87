namespace PluginGateway.Configuration.Options;

/// <summary>Measure against an adapter that wedges again and again.</summary>
internal enum OnWedged
{
    /// <summary>The adapter is not started again without the operator.</summary>
    Quarantine,

    /// <summary>The process ends, so that the service manager restarts it.</summary>
    Exit,

    /// <summary>An adapter goes on in a worker, until its configuration changes or the gateway restarts; one that wedges there, and a handler, is
    /// quarantined.</summary>
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
