using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>Says whether a generation has been replaced. Read on every call a plugin makes into the host.</summary>
internal sealed class GenerationFence
{
    private volatile bool _isRetired;

    public bool IsRetired => _isRetired;

    public void Retire() => _isRetired = true;
}

/// <summary>The host's services as one generation of an adapter may use them: every one of them answers to its fence.</summary>
internal sealed record AdapterDoors(IInbox Inbox, IAdapterState State, IEventTopics Events, IPluginLog Log, string DataDirectory);

/// <summary>Makes what a plugin gets in its context, and hears which generations are at work. Implemented where supervision is composed with the rest.</summary>
internal interface IUnitSurroundings
{
    AdapterDoors OpenDoors(string adapterId, int generation, AdapterTraits traits, GenerationFence fence);

    (IPluginLog Log, string DataDirectory) OpenHandlerDoors(string handlerId, int generation);

    void AdapterAttached(string adapterId, GuardedAdapter adapter, AdapterTraits traits, OutboxOptions outbox);

    void AdapterDetached(string adapterId, int generation);

    void HandlerAttached(string handlerId, GuardedHandler handler);

    void HandlerDetached(string handlerId, int generation);
}
