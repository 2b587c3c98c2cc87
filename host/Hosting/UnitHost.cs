using System.Collections.Concurrent;
using System.Text.Json;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard;
using PluginGateway.Instance;
using PluginGateway.Loading;
using PluginGateway.Logging;
using PluginGateway.Store;
using PluginGateway.Supervision.Generations;
using PluginGateway.Units;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Events;

namespace PluginGateway.Hosting;

/// <summary>Where supervision meets the rest: gives each generation its doors, and tells dispatch and the listener which generations are at work.</summary>
internal sealed class UnitHost(
    GatewayOptions options, InboxIntake intake, MessageStore store, Dispatcher dispatcher, EventTopics topics, AdapterRoutes routes, AttachedAdapters attached, CredentialLocks credentials,
    CurrentConfiguration running, ILoggerFactory logs, TimeProvider clock) : IUnitHost
{
    /// <summary>Only the supervisor's thread changes it; what is published is a copy.</summary>
    private readonly Dictionary<string, AdapterRoute> _routes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LogRateLimit> _logRates = new(StringComparer.Ordinal);
    private readonly ILogger _log = logs.CreateLogger<UnitHost>();
    private IReadOnlyList<RefusedPrefix> _refused = [];

    public AdapterServices OpenAdapterServices(string adapterId, int generation, AdapterTraits traits, GenerationFence fence) => new(
        intake.Open(adapterId, generation, traits.Inbound, () => fence.IsRetired),
        new StoredState(store, adapterId, () => fence.IsRetired),
        new FencedEventTopics(topics.For(adapterId), fence),
        LogOf(adapterId, generation, () => running.Adapter(adapterId)?.LogLevel),
        Folder("adapters", adapterId));

    public (IPluginLog Log, string DataDirectory) OpenHandlerServices(string handlerId, int generation) =>
        (LogOf(handlerId, generation, () => running.HandlerWithId(handlerId)?.LogLevel), Folder("handlers", handlerId));

    public CredentialClaim ClaimCredential(string adapterId, AdapterDeclaration declared, JsonElement settings) =>
        new(CredentialLocks.CredentialOf(declared, settings) is { } credential ? credentials.Claim(adapterId, declared.Platform, credential) : null);

    public IDisposable? ReclaimCredential(string adapterId) => credentials.Reclaim(adapterId);

    public void AdapterAttached(string adapterId, GuardedAdapter adapter, AdapterTraits traits, OutboxOptions outbox)
    {
        var port = new AdapterPort(adapterId, adapter.Generation, traits, adapter.SendTimeout, adapter.Has<ITypingIndicator>(), adapter.Post) { Outbox = outbox, Can = CapabilitiesOf(adapter, traits) };
        dispatcher.Attach(port);
        attached.Attach(port);
        if (adapter.Has<IServeHttp>()) Publish(new AdapterRoute(adapterId, traits.PathPrefix, adapter) { WantsToken = WebChatReach.WantsToken(running.Adapter(adapterId), options) });
        else Unpublish(adapterId);
    }

    public void AdapterDetached(string adapterId, int generation)
    {
        dispatcher.Detach(adapterId, generation);
        attached.Detach(adapterId, generation);
        if (_routes.TryGetValue(adapterId, out var route)) Publish(route with { Server = null });
    }

    public void HandlerAttached(string handlerId, GuardedHandler handler) =>
        dispatcher.Attach(new HandlerPort(handlerId, handler.Generation, handler.ConcurrentTurns, handler.Post));

    public void HandlerDetached(string handlerId, int generation) => dispatcher.DetachHandler(handlerId, generation);

    public void HandlerDrained(string handlerId, int generation) => dispatcher.InterruptTurns(handlerId, generation);

    public void AdapterLeft(string adapterId)
    {
        Unpublish(adapterId);
        _logRates.TryRemove(adapterId, out _);
    }

    public void HandlerLeft(string handlerId) => _logRates.TryRemove(handlerId, out _);

    private void Unpublish(string adapterId)
    {
        if (_routes.Remove(adapterId)) Publish();
    }

    /// <summary>The rate is the unit's, not the generation's: a reconnect does not give a flood new room.</summary>
    private PluginLog LogOf(string id, int generation, Func<LogLevel?> own) => new(
        logs.CreateLogger(LineLoggerProvider.PluginCategory + id), $"{id}#{generation}", () => own() ?? options.LogLevel,
        _logRates.GetOrAdd(id, static (_, time) => new LogRateLimit(time), clock));

    private void Publish(AdapterRoute route)
    {
        _routes[route.AdapterId] = route;
        Publish();
    }

    /// <summary>In the order of the configuration: of two adapters that claim one prefix the first there has it, whichever connects first.</summary>
    private void Publish()
    {
        string[] order = [.. running.Value.Adapters.Select(static adapter => adapter.Id)];
        routes.Publish([.. _routes.Values.OrderBy(route => Array.IndexOf(order, route.AdapterId) is >= 0 and var place ? place : int.MaxValue)]);
        foreach (var refused in routes.Refused.Except(_refused)) _log.PrefixRefused(refused.AdapterId, refused.Sentence);
        _refused = routes.Refused;
    }

    private static MessageCapabilities CapabilitiesOf(GuardedAdapter adapter, AdapterTraits traits) =>
        (adapter.Has<IEditMessages>() ? MessageCapabilities.Edit : 0)
        | (adapter.Has<IDeleteMessages>() ? MessageCapabilities.Delete : 0)
        | (adapter.Has<IReactions>() ? MessageCapabilities.React : 0)
        | (traits.MaxAttachments > 0 ? MessageCapabilities.Attach : 0)
        | (adapter.Has<IFetchAttachments>() ? MessageCapabilities.Fetch : 0);

    private string Folder(string kind, string id) => Path.Combine(options.DataDirectory, kind, id);
}
