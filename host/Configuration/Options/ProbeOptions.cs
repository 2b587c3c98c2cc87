namespace PluginGateway.Configuration.Options;

/// <summary>When an adapter that can be probed is asked for a sign of life.</summary>
internal sealed record ProbeOptions
{
    /// <summary>Nothing has arrived for this long; zero: it is never asked.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What the object says, laid over what is inherited.</summary>
    public static ProbeOptions Read(ObjectReader reader, ProbeOptions inherited)
    {
        const int day = 86_400;
        var read = new ProbeOptions { IdleAfter = reader.Seconds("idleSeconds", inherited.IdleAfter, 0, day) };
        reader.RejectUnknown();
        return read;
    }
}
