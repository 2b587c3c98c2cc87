namespace PluginGateway.Configuration.Options;

/// <summary>Limits of the messages that are accepted and not yet handled; beyond them adapters are told to keep their messages.</summary>
internal sealed record InboxLimits
{
    public int MaxPending { get; init; } = 10_000;

    public long MaxPendingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Least allowed limit: one below the largest single message would refuse that message for ever.</summary>
    private const long LeastBytes = 4L * 1024 * 1024;

    public static InboxLimits Read(ObjectReader reader)
    {
        var defaults = new InboxLimits();
        var read = new InboxLimits
        {
            MaxPending = (int)reader.Whole("maxPending", defaults.MaxPending, 1, 100_000_000),
            MaxPendingBytes = reader.Whole("maxPendingBytes", defaults.MaxPendingBytes, LeastBytes, 1L << 40),
        };
        reader.RejectUnknown();
        return read;
    }
}
