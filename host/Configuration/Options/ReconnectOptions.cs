namespace PluginGateway.Configuration.Options;

/// <summary>Delays of reconnects after a fatal error.</summary>
internal sealed record ReconnectOptions
{
    /// <summary>The ceiling of the first delay; it doubles from attempt to attempt.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The highest ceiling.</summary>
    public TimeSpan Cap { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Time of a connection after which the delays start from the beginning again.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time without a connection after which the operator is told.</summary>
    public TimeSpan NeedsAttentionAfter { get; init; } = TimeSpan.FromHours(2);

    public static ReconnectOptions Read(ObjectReader reader, ReadScope scope)
    {
        const int day = 86_400;
        var defaults = new ReconnectOptions();
        var read = new ReconnectOptions
        {
            First = reader.Seconds("firstSeconds", defaults.First, 0.01, day),
            Cap = reader.Seconds("capSeconds", defaults.Cap, 0.01, day),
            StableAfter = reader.Seconds("stableAfterSeconds", defaults.StableAfter, 0, day),
            NeedsAttentionAfter = reader.Seconds("needsAttentionAfterSeconds", defaults.NeedsAttentionAfter, 1, 30 * day),
        };
        reader.RejectUnknown();
        if (read.Cap < read.First)
            scope.Problems.Error(reader.KeyOf("capSeconds"), null, "is less than firstSeconds; the cap must not be below the first delay.");
        return read;
    }
}
