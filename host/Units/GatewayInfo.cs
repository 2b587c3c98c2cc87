using System.Globalization;
using PluginGateway.Shutdown;
using PluginGateway.Threads;

namespace PluginGateway.Units;

/// <summary>What does not change while the gateway runs, or changes once.</summary>
internal sealed class GatewayInfo(string version, string http, ShutdownReport? lastShutdown)
{
    private volatile bool _hasStarted;

    public string Version { get; } = version;

    /// <summary>The address it listens on.</summary>
    public string Http { get; } = http;

    /// <summary>How the stop before this start went.</summary>
    public ShutdownReport? LastShutdown { get; } = lastShutdown;

    /// <summary>Why only required adapters run, and how to leave that; null: they all do.</summary>
    public string? SafeMode { get; init; }

    /// <summary>True once every adapter has got as far as it can for now.</summary>
    public bool HasStarted
    {
        get => _hasStarted;
        set => _hasStarted = value;
    }
}
