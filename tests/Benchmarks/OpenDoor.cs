using PluginGateway.Access;

namespace PluginGateway.Benchmarks;

/// <summary>Everybody may speak.</summary>
internal sealed class OpenDoor : IDoorkeeper
{
    public DiscardCause? Judge(string adapterId, InboundMessage message) => null;

    public void Admitted(string adapterId, InboundMessage message)
    {
    }
}
