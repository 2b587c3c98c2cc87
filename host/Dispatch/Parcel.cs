using PluginGateway.Guard;

namespace PluginGateway.Dispatch;

/// <summary>What one attempt hands to an adapter, and how far that brings the whole.</summary>
internal abstract class Parcel(int start, int whole)
{
    /// <summary>How much had arrived before.</summary>
    public int Start { get; } = start;

    /// <summary>How much there is to arrive.</summary>
    public int Whole { get; } = whole;

    public abstract DeliveryCall ToCall(ICallSink sink, object tag);

    /// <summary>How much has arrived after this attempt.</summary>
    public abstract int Progress(SendResult result);
}

/// <summary>A parcel, or why there will be none.</summary>
internal readonly record struct Packed(Parcel? Parcel, SendDecision Refusal)
{
    public static implicit operator Packed(Parcel parcel) => new(parcel, default);

    /// <summary>It can never be delivered.</summary>
    public static Packed Reject(string reason) => new(null, new(SendVerdict.Reject, TimeSpan.Zero, reason));

    /// <summary>The operator decides.</summary>
    public static Packed Park(string reason) => new(null, new(SendVerdict.Park, TimeSpan.Zero, reason));
}
