using System.Collections.Concurrent;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Loading;
using PluginGateway.Logging;
using PluginGateway.Store;
using PluginGateway.Supervision.Generations;
using PluginGateway.Units;
using PluginGateway.Web.Events;

namespace PluginGateway.Hosting;

/// <summary>Makes the services of a generation's context: inbox or outbox, state, topics, log and folder.</summary>
internal sealed class PluginServices(
    GatewayOptions options, InboxIntake intake, MessageStore store, EventTopics topics, CurrentConfiguration running, ILoggerFactory logs,
    TimeProvider clock, MessageApi messages)
{
    /// <summary>Publishes the commands of handlers.</summary>
    public CommandPublisher Commands { get; } = new(running, logs.CreateLogger<CommandPublisher>());

    private readonly ConcurrentDictionary<string, LogRateLimit> _logRates = new(StringComparer.Ordinal);

    public AdapterServices OfAdapter(string adapterId, int generation, AdapterTraits traits, GenerationFence fence) => new(
        intake.Open(adapterId, generation, traits.Inbound, () => fence.IsRetired, traits.Features.HasFlag(MessageFeatures.Tickets), traits.SenderIdsProve),
        new StoredState(store, adapterId, () => fence.IsRetired),
        new FencedEventTopics(topics.For(adapterId), fence),
        LogOf(adapterId, generation, () => running.Adapter(adapterId)?.LogLevel),
        Folder("adapters", adapterId));

    public HandlerServices OfHandler(string handlerId, int generation, GenerationFence fence) => new(
        new HandlerOutbox(messages, handlerId, () => running.TargetsOf(handlerId), () => fence.IsRetired),
        new StoredState(store, handlerId, () => fence.IsRetired),
        LogOf(handlerId, generation, () => running.HandlerWithId(handlerId)?.LogLevel),
        Folder("handlers", handlerId));

    /// <inheritdoc cref="IUnitHost.RecallAccount"/>
    public void RecallAccount(string adapterId, ConnectionInfo connection, Action<ConnectionInfo> recalled) =>
        KnownAccount.Recall(store, adapterId, connection, recalled);

    /// <summary>Forgets a unit that is no longer configured.</summary>
    public void Forget(string id)
    {
        _logRates.TryRemove(id, out _);
        Commands.Forget(id);
    }

    /// <summary>Returns the log of a generation. The rate limit is the unit's: a reconnect does not allow a flood to go on.</summary>
    private PluginLog LogOf(string id, int generation, Func<LogLevel?> own) => new(
        logs.CreateLogger(LineLoggerProvider.PluginCategory + id), $"{id}#{generation}", () => own() ?? options.LogLevel,
        _logRates.GetOrAdd(id, static (_, time) => new LogRateLimit(time), clock));

    private string Folder(string kind, string id) => Path.Combine(options.DataDirectory, kind, id);
}
