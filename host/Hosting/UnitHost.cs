using System.Text.Json;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Instance;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Units;
using PluginGateway.Web.Adapters;

namespace PluginGateway.Hosting;

/// <summary>Connects supervision with dispatch and the HTTP listener: opens the services of each generation, and tells both which generations are at
/// work.</summary>
internal sealed class UnitHost(
    PluginServices services, Dispatcher dispatcher, AdapterRoutes routes, AttachedAdapters attached, CredentialLocks credentials,
    GatewayOptions options, CurrentConfiguration running, ILogger<UnitHost> log) : IUnitHost
{
    private readonly Dictionary<string, AdapterRoute> _handlers = new(StringComparer.Ordinal);
    private IReadOnlyList<RefusedPrefix> _refused = [];

    public AdapterServices OpenAdapterServices(string adapterId, int generation, AdapterTraits traits, GenerationFence fence) =>
        services.OfAdapter(adapterId, generation, traits, fence);

    public HandlerServices OpenHandlerServices(string handlerId, int generation, GenerationFence fence) =>
        services.OfHandler(handlerId, generation, fence);

    public CredentialClaim ClaimCredential(string adapterId, AdapterDeclaration declared, JsonElement settings) =>
        new(credentials.Claim(adapterId, declared.Platform, CredentialLocks.CredentialsOf(declared, settings)));

    public IDisposable? ReclaimCredential(string adapterId) => credentials.Reclaim(adapterId);

    public void AdapterAttached(string adapterId, GuardedAdapter adapter, AdapterTraits traits, OutboxOptions outbox)
    {
        var port = new AdapterPort(adapterId, adapter.Generation, traits, adapter.CallTimeouts, adapter.Capabilities, adapter.Post)
        {
            Outbox = outbox,
            Http = adapter.Capabilities.HasFlag(AdapterCapabilities.Http) ? HttpOf(adapterId, adapter, traits) : null,
        };
        dispatcher.Attach(port);
        if (attached.Attach(port)) PublishRoutes();
        services.Commands.Attach(adapterId, adapter);
    }

    public void RecallAccount(string adapterId, ConnectionInfo connection, Action<ConnectionInfo> recalled) =>
        services.RecallAccount(adapterId, connection, recalled);

    public void AdapterDetached(string adapterId, int generation)
    {
        services.Commands.Detach(adapterId, generation);
        dispatcher.Detach(adapterId, generation);
        if (attached.Detach(adapterId, generation)) PublishRoutes();
    }

    public void HandlerDeclared(string handlerId, HandlerDeclaration? declared)
    {
        if (declared is null) dispatcher.Declared.Forget(handlerId);
        else dispatcher.Declared.Declare(handlerId, TraitsOf(declared));
    }

    public void HandlerAttached(string handlerId, GuardedHandler handler, HandlerDeclaration declared)
    {
        dispatcher.Attach(new HandlerPort(handlerId, handler.Generation, handler.ConcurrentTurns, handler.Post)
        {
            Traits = TraitsOf(declared),
            Cancel = handler.Cancel,
        });
        services.Commands.Declare(handlerId, declared.Commands);
        if (handler.Capabilities.HasFlag(HandlerCapabilities.Http)) Serve(new AdapterRoute(handlerId, null, handler) { IsHandler = true });
        else if (_handlers.Remove(handlerId)) PublishRoutes();
    }

    public void HandlerDetached(string handlerId, int generation)
    {
        dispatcher.DetachHandler(handlerId, generation);
        if (_handlers.GetValueOrDefault(handlerId) is { Server: GuardedHandler handler } route && handler.Generation == generation)
            Serve(route with { Server = null });
    }

    public void HandlerDrained(string handlerId, int generation) => dispatcher.InterruptTurns(handlerId, generation);

    public void AdapterLeft(string adapterId)
    {
        if (attached.Forget(adapterId)) PublishRoutes();
        services.Forget(adapterId);
        dispatcher.Forget(adapterId);
    }

    public void HandlerLeft(string handlerId)
    {
        services.Forget(handlerId);
        dispatcher.ForgetHandler(handlerId);
        if (_handlers.Remove(handlerId)) PublishRoutes();
    }

    private void Serve(AdapterRoute handler)
    {
        _handlers[handler.AdapterId] = handler;
        PublishRoutes();
    }

    /// <summary>Publishes the routes in the order of the configuration: of two adapters that claim one prefix the first there has it, whichever
    /// connects first.</summary>
    private void PublishRoutes()
    {
        string[] order = [.. running.Value.Adapters.Select(static adapter => adapter.Id)];
        var served = attached.Known.Where(static adapter => adapter.Http is not null)
            .OrderBy(adapter => Array.IndexOf(order, adapter.AdapterId) is >= 0 and var place ? place : int.MaxValue);
        routes.Publish([.. served.Select(static adapter => RouteOf(adapter.AdapterId, adapter.Http!)), .. _handlers.Values]);
        foreach (var refused in routes.Refused.Except(_refused)) log.PrefixRefused(refused.AdapterId, refused.Sentence);
        _refused = routes.Refused;
    }

    private HttpPort HttpOf(string adapterId, GuardedAdapter adapter, AdapterTraits traits) =>
        new(traits.PathPrefix, WebChatReach.WantsToken(running.Adapter(adapterId), options), adapter);

    private static AdapterRoute RouteOf(string adapterId, HttpPort http) =>
        new(adapterId, http.PathPrefix, http.Server) { WantsToken = http.WantsToken };

    private static HandlerTraits TraitsOf(HandlerDeclaration declared) => declared.Traits with { Commands = declared.Commands };
}
