using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Worker;

/// <summary>Instance of a plugin in a worker, behind a guard: enters it for each request of the gateway.</summary>
internal interface IWorkerInstance
{
    /// <summary>Begins a request of the gateway. Only the thread that reads the channel.</summary>
    /// <returns>False: there is no such request for this kind of plugin.</returns>
    bool TryServe(FrameHead head, ref FrameReader body);
}
