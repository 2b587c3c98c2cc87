namespace PluginGateway.Configuration.Options;

/// <summary>Limit of the messages that are owed to the platforms; beyond it programs are refused and turns wait.</summary>
internal sealed record OwedLimits
{
    public int MaxOwed { get; init; } = 10_000;

    public static OwedLimits Read(ObjectReader reader)
    {
        var read = new OwedLimits { MaxOwed = (int)reader.Whole("maxOwed", new OwedLimits().MaxOwed, 10, 100_000_000) };
        reader.RejectUnknown();
        return read;
    }
}
