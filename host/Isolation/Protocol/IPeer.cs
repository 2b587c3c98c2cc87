using PluginGateway.Guard.Calls;

namespace PluginGateway.Isolation.Protocol;

/// <summary>The receiver of the other side's messages. Every member runs on the thread that reads the connection, and must not block.</summary>
internal interface IPeer
{
    /// <summary>The other side wants something: answer it, now or later.</summary>
    void OnRequest(FrameHead head, ref FrameReader body);

    /// <summary>The other side says something.</summary>
    void OnNotice(FrameHead head, ref FrameReader body);

    /// <summary>The other side cancels its request, which may have been answered already.</summary>
    void OnCancel(int id);

    /// <summary>The connection has ended. Says why as an operator should read it; then every call that waits fails with it.</summary>
    string OnEnding(string reason);

    /// <summary>The exception of a call that waited.</summary>
    /// <param name="why">What <see cref="OnEnding"/> said.</param>
    /// <param name="mayHaveHappened">It may have done what was asked.</param>
    Exception OnEnded(string why, bool mayHaveHappened);

    /// <summary>The exception, on this side, for the failure of the other side's call.</summary>
    Exception OnFailed(CallFailure failure);
}
