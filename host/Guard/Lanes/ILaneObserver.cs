using PluginGateway.Guard.Calls;
using PluginGateway.Loading;

namespace PluginGateway.Guard.Lanes;

/// <summary>Observes the calls of one generation. Called on the watch's or a plugin's thread: must not block.</summary>
internal interface ILaneObserver
{
    void OnSettled(Operation operation, in CallEnd end);

    void OnOverdue(Operation operation, in CallEnd end);

    void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure);

    void OnWedged(string reason);

    /// <summary>Reports an unhandled exception in the plugin's worker.</summary>
    void OnUnhandled(string fault, FaultText? detail)
    {
    }

    /// <summary>Reports that the plugin's worker has ended, though nobody has ended it.</summary>
    void OnWorkerEnded(string reason)
    {
    }
}
