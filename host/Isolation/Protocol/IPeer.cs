using PluginGateway.Guard.Calls;

namespace PluginGateway.Isolation.Protocol;

/// <summary>The receiver of the other side's messages. Every member runs on the thread that reads the connection, and must not block.</summary>
internal interface IPeer
{
    /// <summary>Takes a request of the other side, to be answered now or later.</summary>
    void OnRequest(FrameHead head, ref FrameReader body);

    /// <summary>Takes a notice of the other side.</summary>
    void OnNotice(FrameHead head, ref FrameReader body);

    /// <summary>Takes a cancellation of a request, which may have been answered already, with what the caller has written about it.</summary>
    void OnCancel(int id, ref FrameReader body);

    /// <summary>Called when the channel has ended. Returns the reason for the operator, with which every waiting call then fails.</summary>
    string OnEnding(string reason);

    /// <summary>Creates the exception of a call that waited.</summary>
    /// <param name="why">What <see cref="OnEnding"/> said.</param>
    /// <param name="mayHaveHappened">It may have done what was asked.</param>
    Exception OnEnded(string why, bool mayHaveHappened);

    /// <summary>Creates the exception, on this side, for a failure on the other side.</summary>
    Exception OnFailed(CallFailure failure);
}
