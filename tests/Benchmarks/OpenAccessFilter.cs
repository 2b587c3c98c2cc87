using PluginGateway.Access;

namespace PluginGateway.Benchmarks;

/// <summary>Everybody may speak.</summary>
internal sealed class OpenAccessFilter : IAccessFilter
{
    public DiscardCause? Judge(string adapterId, InboundEvent e) => null;

    public void OnAdmitted(string adapterId, InboundEvent e)
    {
    }
}
