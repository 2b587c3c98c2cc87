using System.Text.Json;
using PluginGateway.Loading;

namespace PluginGateway.Supervision.Generations;

/// <summary>Says whether a generation has been replaced. Read on every call a plugin makes into the host.</summary>
internal sealed class GenerationFence
{
    private volatile bool _isRetired;

    public bool IsRetired => _isRetired;

    public void Retire() => _isRetired = true;
}
