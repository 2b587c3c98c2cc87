using PluginGateway.Guard.Calls;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Call of one attempt to an adapter, and its progress within the whole message.</summary>
/// <param name="start">Length that had arrived before.</param>
/// <param name="whole">Length of the whole.</param>
/// <param name="note">Sentence about what the platform lacks; null: nothing.</param>
internal abstract class PreparedCall(int start, int whole, string? note)
{
    /// <summary>Length that had arrived before.</summary>
    public int Start { get; } = start;

    /// <summary>Length of the whole.</summary>
    public int Whole { get; } = whole;

    /// <summary>Sentence about what the platform lacks; null: nothing.</summary>
    public string? Note { get; } = note;

    /// <summary>The chat in which the call has its effect.</summary>
    public abstract Chat Chat { get; }

    public abstract DeliveryCall ToCall(ICallSink sink, object tag);

    /// <summary>Returns the length that has arrived after this attempt.</summary>
    public abstract int Progress(SendResult result);
}

/// <summary>A prepared call, or the reason why there will be none.</summary>
internal readonly record struct PreparationResult(PreparedCall? Call, DeliveryDecision Refusal)
{
    public static implicit operator PreparationResult(PreparedCall preparedCall) => new(preparedCall, default);

    /// <summary>Rejects the message: it can never be delivered.</summary>
    public static PreparationResult Reject(string reason) => new(null, new(DeliveryDecisionKind.Reject, TimeSpan.Zero, reason));

    /// <summary>Parks the message for the operator.</summary>
    public static PreparationResult Park(string reason) => new(null, new(DeliveryDecisionKind.Park, TimeSpan.Zero, reason));
}
