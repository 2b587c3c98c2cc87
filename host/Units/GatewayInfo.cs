using System.Globalization;
using PluginGateway.Shutdown;
using PluginGateway.Threads;

namespace PluginGateway.Units;

/// <summary>Facts about this gateway that do not change while it runs, or change once.</summary>
internal sealed class GatewayInfo(string version, string http, ShutdownReport? lastShutdown)
{
    private volatile bool _hasStarted;

    public string Version { get; } = version;

    /// <summary>Address on which the gateway listens.</summary>
    public string Http { get; } = http;

    /// <summary>Report of the stop before this start.</summary>
    public ShutdownReport? LastShutdown { get; } = lastShutdown;

    /// <summary>Reason for which only required adapters run, with the way to leave safe mode; null: all adapters run.</summary>
    public string? SafeMode { get; init; }

    /// <summary>True once every adapter has got as far as it can for now.</summary>
    public bool HasStarted
    {
        get => _hasStarted;
        set => _hasStarted = value;
    }
}
