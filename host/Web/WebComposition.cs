using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.External;
using PluginGateway.Threads;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Api;
using PluginGateway.Web.Events;
using PluginGateway.Web.Health;
using PluginGateway.Web.Security;

namespace PluginGateway.Web;

/// <summary>Registers and maps the HTTP listener. The composer registers its own <see cref="WebAccess"/> and <see cref="TimeProvider"/> first; the
/// defaults are
/// loopback and the system clock.</summary>
internal static class WebComposition
{
    /// <summary>Registers the services of the listener.</summary>
    public static IServiceCollection AddWeb(this IServiceCollection services)
    {
        services.AddRoutingCore();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(WebAccess.Loopback);
        services.AddSingleton<GatewayHealth>();
        services.AddSingleton<AdapterRoutes>();
        services.AddSingleton<OpenRequests>();
        services.AddSingleton<EventTopics>();
        services.AddSingleton<StreamHeartbeat>();
        services.AddSingleton<EventStreams>();
        services.AddSingleton<AdapterEndpoint>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<HttpStatistics>();
        services.AddSingleton<ConnectionLimiter>();
        services.AddSingleton<TokenThrottle>();
        services.AddSingleton<StatusEndpoints>();
        services.AddSingleton<RequestFilter>();
        return services;
    }

    /// <summary>Sets the limits of the listener. Kestrel enforces them on a timer thread of its own, so they hold on a starved pool too.</summary>
    public static void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limiter = kestrel.ApplicationServices.GetRequiredService<ConnectionLimiter>();
        kestrel.ConfigureEndpointDefaults(listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => limiter.EnterAsync(connection, next));
        });
        var limits = kestrel.Limits;
        // The connection limiter enforces the limit, because Kestrel's own would refuse the newest connection instead of closing the idlest; this
        // higher limit covers the moment in which the idlest is being closed.
        limits.MaxConcurrentConnections = 2 * ConnectionLimiter.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;

        // Kestrel counts the framing of chunks too; the endpoint keeps the exact limit. The rest lets Kestrel read a body that is too long to its
        // end: a connection closed in the middle of it would lose the 413.
        limits.MaxRequestBodySize = 8 * RequestBody.MaxBytes;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 8 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
    }

    /// <summary>Adds the gate and the endpoints, and starts the streams' thread.</summary>
    public static void MapWeb(this WebApplication app)
    {
        var services = app.Services;
        var health = services.GetRequiredService<HealthEndpoints>();
        var status = services.GetRequiredService<StatusEndpoints>();
        services.GetRequiredService<StreamHeartbeat>().Start();
        app.Use(services.GetRequiredService<RequestFilter>().InvokeAsync);
        app.MapGet("/healthz", health.LiveAsync);
        app.MapGet("/readyz", health.ReadyAsync);
        foreach (var path in StatusEndpoints.Paths) app.MapGet(path, StatusEndpoints.FileAsync);
        app.MapGet("/status", status.StatusAsync);
        app.MapGet("/metrics", status.MetricsAsync);
        app.Map("/{**path}", services.GetRequiredService<AdapterEndpoint>().InvokeAsync).WithMetadata(AdapterPages.Instance);
    }

    /// <summary>Registers the interface for programs, which needs the dispatcher.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services) => services
        .AddSingleton(static provider => provider.GetRequiredService<Dispatcher>().Tokens)
        .AddSingleton(static provider => provider.GetRequiredService<Dispatcher>().Events)
        .AddSingleton<ReplyTokenAuthentication>()
        .AddSingleton<ApiMessages>()
        .AddSingleton<MediaTransfers>()
        .AddSingleton<IWatchedLoop>(static provider => provider.GetRequiredService<MediaTransfers>())
        .AddSingleton<ApiAttachments>()
        .AddSingleton<ApiEvents>()
        .AddSingleton<MemoryApi>()
        .AddSingleton<ApiMemory>()
        .AddSingleton<ApiTurns>();

    /// <summary>Adds the interface for programs.</summary>
    public static void MapApi(this WebApplication app)
    {
        var messages = app.Services.GetRequiredService<ApiMessages>();
        app.Map("/api/messages", messages.PostAsync);
        app.Map("/api/messages/{name}", messages.OneAsync);
        app.Map("/api/messages/{name}/reaction", messages.ReactAsync);
        var turns = app.Services.GetRequiredService<ApiTurns>();
        app.MapGet("/api/turns", turns.GetAsync);
        app.MapPost("/api/turns/{id}/stop", turns.StopAsync);
        var attachments = app.Services.GetRequiredService<ApiAttachments>();
        app.MapPost("/api/attachments", attachments.PostAsync);
        app.MapGet("/api/attachments/{message}/{number}", attachments.GetAsync);
        var memory = app.Services.GetRequiredService<ApiMemory>();
        app.MapGet("/api/memory", memory.ListAsync);
        app.MapGet("/api/memory/values", memory.ShowAsync);
        app.MapDelete("/api/memory", memory.DropAsync);
        app.MapGet("/api/events", app.Services.GetRequiredService<ApiEvents>().GetAsync);
    }
}
