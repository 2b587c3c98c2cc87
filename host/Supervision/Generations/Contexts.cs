using System.Text.Json;
using PluginGateway.Guard;

namespace PluginGateway.Supervision.Generations;

/// <summary>The context of one generation of an adapter, behind its fence.</summary>
internal sealed class GenerationContext(
    string adapterId, int generation, JsonElement settings, AdapterServices services, string pluginDirectory, TimeProvider clock, GenerationFence fence, GuardOptions options,
    Action<AdapterFault> onFatal, Action<Func<AdapterHealth>> onHealth) : AdapterContext, IGuardConfigured
{
    private int _reported;
    private AdapterHealth? _health;

    public GuardOptions Terms { get; } = options;

    public override string AdapterId { get; } = adapterId;

    public override int Generation { get; } = generation;

    public override JsonElement Settings { get; } = settings;

    public override IInbox Inbox => services.Inbox;

    public override IAdapterState State => services.State;

    public override IEventTopics Events => services.Events;

    public override IPluginLog Log => services.Log;

    public override TimeProvider Clock { get; } = clock;

    public override string PluginDirectory { get; } = pluginDirectory;

    public override string DataDirectory => services.DataDirectory;

    /// <summary>The first report of a generation counts; the rest of a flood costs nothing.</summary>
    public override void ReportFatal(AdapterFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        if (!fence.IsRetired && Interlocked.Exchange(ref _reported, 1) == 0) onFatal(fault);
    }

    /// <summary>What it said last is told; of a flood, only what is true when somebody looks.</summary>
    public override void ReportHealth(AdapterHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        if (!fence.IsRetired && Interlocked.Exchange(ref _health, health) is null) onHealth(() => Interlocked.Exchange(ref _health, null)!);
    }
}

/// <summary>The context of one generation of a handler.</summary>
internal sealed class GenerationHandlerContext(
    int generation, JsonElement settings, IPluginLog log, string pluginDirectory, string dataDirectory, TimeProvider clock, GuardOptions options) : HandlerContext, IGuardConfigured
{
    public GuardOptions Terms { get; } = options;

    public override int Generation { get; } = generation;

    public override JsonElement Settings { get; } = settings;

    public override IPluginLog Log { get; } = log;

    public override TimeProvider Clock { get; } = clock;

    public override string PluginDirectory { get; } = pluginDirectory;

    public override string DataDirectory { get; } = dataDirectory;
}
