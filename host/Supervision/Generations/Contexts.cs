using PluginGateway.Guard;

namespace PluginGateway.Supervision.Generations;

/// <summary>The context of one generation of an adapter, behind its fence.</summary>
internal sealed class GenerationContext(
    int generation, PluginSettings settings, AdapterServices services, string pluginDirectory, TimeProvider clock, GuardOptions options,
    GenerationReports reports) : AdapterContext, IGuardConfigured
{
    public GuardOptions Terms { get; } = options;

    public override string AdapterId => Terms.Name;

    public override int Generation { get; } = generation;

    public override PluginSettings Settings { get; } = settings;

    public override IInbox Inbox => services.Inbox;

    public override IAdapterState State => services.State;

    public override IEventTopics Events => services.Events;

    public override IPluginLog Log => services.Log;

    public override TimeProvider Clock { get; } = clock;

    public override string PluginDirectory { get; } = pluginDirectory;

    public override string DataDirectory => services.DataDirectory;

    public override void ReportFatal(PluginFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        reports.Fatal(fault);
    }

    public override void ReportHealth(AdapterHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        reports.Health(health);
    }
}

/// <summary>The context of one generation of a handler, behind its fence.</summary>
internal sealed class GenerationHandlerContext(
    int generation, PluginSettings settings, HandlerServices services, string pluginDirectory, TimeProvider clock, GuardOptions options)
    : HandlerContext, IGuardConfigured
{
    public GuardOptions Terms { get; } = options;

    public override int Generation { get; } = generation;

    public override PluginSettings Settings { get; } = settings;

    public override IHandlerOutbox Outbox => services.Outbox;

    public override IAdapterState State => services.State;

    public override IPluginLog Log => services.Log;

    public override TimeProvider Clock { get; } = clock;

    public override string PluginDirectory { get; } = pluginDirectory;

    public override string DataDirectory => services.DataDirectory;
}
