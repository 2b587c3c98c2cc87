using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>One message that is owed.</summary>
internal sealed class OwedMessage(OutboxRow row)
{
    public long Id { get; } = row.Id;

    public OwedKind Kind { get; } = row.Kind;

    /// <summary>The message that it is about.</summary>
    public long? Target { get; } = row.Target;

    /// <summary>From when its age is counted: an operator who has it sent again makes it young.</summary>
    public DateTimeOffset Owed { get; } = row.Owed;

    /// <summary>Attempts so far.</summary>
    public int Attempt { get; set; } = row.Attempt;

    public DateTimeOffset Due { get; set; } = row.Due;

    /// <summary>It was being sent when the last process ended: whether it may go again is decided by the traits of the generation that would send it.</summary>
    public bool IsDoubtful { get; set; } = row.IsLeased;

    /// <summary>It cannot be sent before the next attach.</summary>
    public bool WaitsForConnection { get; set; }

    /// <summary>When the first attempt began of which nobody knows whether it arrived; null: none.</summary>
    public Moment? DoubtfulSince { get; set; } = row.DoubtfulSince is { } since ? new(since, since) : null;

    /// <summary>Its text as it was cut, while parts of it are being sent.</summary>
    public CutText? Cut { get; set; }

    /// <summary>Since when it has been holding the messages behind it.</summary>
    public DateTimeOffset? BlockedSince { get; set; }

    /// <summary>Why it is to be sent again: the error of its last attempt; null: it has not failed.</summary>
    public string? RetryReason { get; set; } = row.Error;

    public bool IsSendable(DateTimeOffset now) => !WaitsForConnection && Due <= now;
}
