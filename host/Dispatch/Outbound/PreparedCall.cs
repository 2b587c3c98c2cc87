using PluginGateway.Guard.Calls;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>What one attempt hands to an adapter, and how far that brings the whole.</summary>
internal abstract class PreparedCall(int start, int whole)
{
    /// <summary>How much had arrived before.</summary>
    public int Start { get; } = start;

    /// <summary>How much there is to arrive.</summary>
    public int Whole { get; } = whole;

    public abstract DeliveryCall ToCall(ICallSink sink, object tag);

    /// <summary>How much has arrived after this attempt.</summary>
    public abstract int Progress(SendResult result);
}

/// <summary>A prepared call, or why there will be none.</summary>
internal readonly record struct PreparationResult(PreparedCall? Call, DeliveryDecision Refusal)
{
    public static implicit operator PreparationResult(PreparedCall preparedCall) => new(preparedCall, default);

    /// <summary>It can never be delivered.</summary>
    public static PreparationResult Reject(string reason) => new(null, new(DeliveryDecisionKind.Reject, TimeSpan.Zero, reason));

    /// <summary>The operator decides.</summary>
    public static PreparationResult Park(string reason) => new(null, new(DeliveryDecisionKind.Park, TimeSpan.Zero, reason));
}
