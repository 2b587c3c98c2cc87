using PluginGateway.Guard.Calls;

namespace PluginGateway.Guard;

/// <summary>Guarded instance that can be asked for a sign of life.</summary>
internal interface IProbed : IGuardedInstance
{
    int Generation { get; }

    /// <summary>True when the instance, or the worker that runs it, answers probes.</summary>
    bool CanBeProbed { get; }

    /// <summary>Queues a probe. Returns at once.</summary>
    void Probe(ICallSink sink);
}
