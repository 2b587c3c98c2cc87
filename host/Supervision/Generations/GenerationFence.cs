using System.Text.Json;
using PluginGateway.Loading;

namespace PluginGateway.Supervision.Generations;

/// <summary>Says whether a generation has been replaced. Read on every call a plugin makes into the host.</summary>
internal sealed class GenerationFence(TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private long _retiredAt;
    private volatile bool _isRetired;

    public bool IsRetired => _isRetired;

    /// <summary>Returns true if the generation was retired at least this long ago.</summary>
    public bool IsRetiredFor(TimeSpan time) => _isRetired && _clock.GetElapsedTime(_retiredAt) >= time;

    public void Retire()
    {
        if (_isRetired) return;
        _retiredAt = _clock.GetTimestamp();
        _isRetired = true;
    }
}
