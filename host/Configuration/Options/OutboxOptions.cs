namespace PluginGateway.Configuration.Options;

/// <summary>Treatment of a message whose outcome is unknown.</summary>
internal enum OnUnknown
{
    /// <summary>The message waits for the operator, unless the platform or the adapter can tell a second attempt from a second message.</summary>
    Park,

    /// <summary>The message is sent again, even where it may then arrive twice.</summary>
    Resend,
}

/// <summary>Options of the messages that are owed through one adapter.</summary>
internal sealed record OutboxOptions
{
    /// <summary>Time for which a message that waits for its next attempt holds the later ones of its chat; zero: they pass at once.</summary>
    public TimeSpan HoldChat { get; init; } = TimeSpan.FromSeconds(300);

    public OnUnknown OnUnknown { get; init; }

    /// <summary>Age from which a message is parked instead of sent; zero: none.</summary>
    public TimeSpan ExpireAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>True when the parts of a text that is cut are numbered: <c>(2/5)</c>.</summary>
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
