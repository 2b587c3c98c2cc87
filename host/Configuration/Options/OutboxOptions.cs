namespace PluginGateway.Configuration.Options;

/// <summary>What happens to a message of which nobody knows whether it arrived.</summary>
internal enum OnUnknown
{
    /// <summary>The message waits for the operator, unless the platform or the adapter can tell a second attempt from a second message.</summary>
    Park,

    /// <summary>The message is sent again, even where it may then arrive twice.</summary>
    Resend,
}

/// <summary>How the messages that are owed through one adapter are treated.</summary>
internal sealed record OutboxOptions
{
    /// <summary>How long a message that waits for its next attempt holds the later ones of its chat; zero: they pass at once.</summary>
    public TimeSpan HoldChat { get; init; } = TimeSpan.FromSeconds(300);

    public OnUnknown OnUnknown { get; init; }

    /// <summary>A message older than this is parked instead of sent; zero: never.</summary>
    public TimeSpan ExpireAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The parts of a text that is cut say which they are: <c>(2/5)</c>.</summary>
    public bool NumberParts { get; init; } = true;

    private static readonly Dictionary<string, OnUnknown> Choices = new() { ["park"] = OnUnknown.Park, ["resend"] = OnUnknown.Resend };

    public static OutboxOptions Read(ObjectReader reader)
    {
        const int day = 86_400;
        var defaults = new OutboxOptions();
        var read = new OutboxOptions
        {
            HoldChat = reader.Seconds("holdChatSeconds", defaults.HoldChat, 0, 30 * day),
            OnUnknown = reader.Choice("onUnknown", defaults.OnUnknown, Choices),
            ExpireAfter = reader.Seconds("expireAfterSeconds", defaults.ExpireAfter, 0, 365 * day),
            NumberParts = reader.Flag("numberParts", defaults.NumberParts),
        };
        reader.RejectUnknown();
        return read;
    }
}
