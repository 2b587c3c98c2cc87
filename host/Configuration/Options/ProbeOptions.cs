namespace PluginGateway.Configuration.Options;

/// <summary>Options of the probes of adapters that support them.</summary>
internal sealed record ProbeOptions
{
    /// <summary>Time without an arrival after which the adapter is probed; zero: never.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads options over the inherited ones.</summary>
    public static ProbeOptions Read(ObjectReader reader, ProbeOptions inherited)
    {
        const int day = 86_400;
        var read = new ProbeOptions { IdleAfter = reader.Seconds("idleSeconds", inherited.IdleAfter, 0, day) };
        reader.RejectUnknown();
        return read;
    }
}
