using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PluginGateway.Access;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard;
using PluginGateway.Instance;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Remote;
using PluginGateway.Loading;
using PluginGateway.Logging;
using PluginGateway.Media;
using PluginGateway.Posix;
using PluginGateway.Reloading;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Threads;
using PluginGateway.Units;
using PluginGateway.Web;
using PluginGateway.Web.Health;
using PluginGateway.Web.Security;

namespace PluginGateway.Hosting;

/// <summary>Composes the gateway with the generic host, which is built and started before any plugin is loaded, and never run, stopped or
/// disposed.</summary>
internal static class HostComposition
{
    public static WebApplication Build(
        GatewayConfiguration configuration, ConfigurationRequest source, AdapterOverrides overrides, MessageStore store, GatewayInfo info,
        ProcessRequests requests, ServiceManager manager, LineLoggerProvider logs)
    {
        var options = configuration.Gateway;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "plugin-gateway" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(WebComposition.ConfigureKestrel)
            .UseUrls(Rules.SocketPath(options.Http) is { } path ? $"http://unix:{path}" : options.Http.ToString());
        builder.WebHost.UseSockets(static transport => transport.CreateBoundListenSocket = ListenSocket.Bind);
        builder.Logging.AddProvider(logs).SetMinimumLevel(options.LogLevel).AddFilter("Microsoft", LogLevel.Warning)
            // Their level is the adapter's or handler's own: PluginLog compares.
            .AddFilter(LineLoggerProvider.PluginCategory, LogLevel.Trace)
            // A listener that cannot start is logged in one line, by GatewayRunner.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            // With it on, every request makes an activity, and a listener that a plugin left behind runs in it.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        var services = builder.Services;
        services.RemoveAll<IHostLifetime>();
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(configuration).AddSingleton(options).AddSingleton(info);
        services.AddSingleton(store).AddSingleton(requests.Stops).AddSingleton(requests.Watchdog).AddSingleton(manager).AddSingleton(logs.Writer);
        services.AddSingleton(new WebAccess(options.AllowedHosts, options.HttpToken, Rules.IsLoopback(options.Http))
        {
            BoundHost = options.Http.Host,
            Scoped = options.HttpTokens
        });
        services.AddSingleton(
        provider => new WorkerLayout(WorkerLayout.OwnExecutable, () => HiddenFrom(provider.GetRequiredService<CurrentConfiguration>().Value, source))
        {
            Environment = source.Environment,
            Outgoing = OutgoingFiles.In(options.DataDirectory),
            MaxFileBytes = options.Media.MaxFileBytes,
        });
        services.AddWeb().AddApi().AddLoading().AddIsolation().AddGuard().AddAccess().AddDispatch(options);
        services.AddSingleton(provider => new Supervisor(
            provider.GetRequiredService<TimeProvider>(),
            options.Reconnect,
            provider.GetRequiredService<GuardServices>().Watch.Pool,
            provider.GetRequiredService<ILogger<Supervisor>>(),
            reason => requests.Stops.Ask(reason, ExitCodes.Failed))
        { OnIteration = FeedWatchdog(provider.GetRequiredService<GatewayHealth>(), requests.Stops, manager) });
        services.AddSingleton<PluginServices>().AddSingleton<IUnitHost, UnitHost>();
        services.AddSingleton<ControlPeer>().AddSingleton<StatusReporter>().AddSingleton<IGatewayReports, CachedReports>();
        services.AddSingleton<MetricsWriter>().AddSingleton<MessageMetrics>().AddSingleton<ProcessMetrics>().AddSingleton<HttpMetrics>();
        services.AddSingleton(overrides).AddSingleton<AdapterOverrideStore>().AddSingleton<DisabledReasons>().AddSingleton<AdapterControl>();
        services.AddSingleton<AdapterRole>().AddSingleton<HandlerRole>().AddSingleton(provider => new UnitServices(
            provider.GetRequiredService<Supervisor>(),
            provider.GetRequiredService<GuardServices>(),
            provider.GetRequiredService<PluginLoader>(),
            provider.GetRequiredService<TimeProvider>(),
            options.DataDirectory));
        services.AddSingleton<CurrentConfiguration>().AddSingleton<UnitRegistry>();
        services.AddSingleton(source).AddSingleton(requests.Reloads).AddSingleton(logs).AddSingleton<ReloadComparison>();
        services.AddSingleton<CandidateLoader>().AddSingleton<ReloadCommit>().AddSingleton<ReloadSettlement>().AddSingleton<Reloader>();
        services.AddSingleton(static provider => new MessageAdmin(
            provider.GetRequiredService<MessageStore>(), provider.GetRequiredService<Dispatcher>(), MessageAdmin.Moment));
        services.AddSingleton(new CredentialLocks(options.DataDirectory, CredentialFolder.OfProcess(), TimeProvider.System));
        services.AddSingleton<AttachedAdapters>();
        services.AddSingleton<ShutdownAnnouncement>().AddSingleton<ShutdownNotices>().AddSingleton<ShutdownPhases>().AddSingleton<ShutdownSequence>();
        services.AddSingleton<ControlLoops>().AddSingleton<UnitStarter>().AddSingleton<StartupProgress>().AddSingleton<ReadinessPublisher>();
        services.AddSingleton<UnhandledExceptionHandler>().AddSingleton<Gateway>();
        services.Scan(static scan => scan.FromAssemblyOf<IControlVerb>()
            .AddClasses(static classes => classes.AssignableTo<IControlVerb>(), publicOnly: false).As<IControlVerb>().WithSingletonLifetime());
        var app = builder.Build();
        app.MapWeb();
        app.MapApi();
        DisableDiagnostics(app.Services);
        return app;
    }

    /// <summary>Feeds the service manager's watchdog on the supervisor's thread, which thereby proves that it runs, and only while every other loop
    /// runs too. During a stop loops end, and the shutdown watchdog bounds the stop.</summary>
    private static Action FeedWatchdog(GatewayHealth health, StopRequests requests, ServiceManager manager) => () =>
    {
        if (requests.First is not null || health.IsAlive) manager.Beat();
    };

    /// <summary>Disposes the sources of traces and diagnostics: their listeners run inline in every request, and a plugin can subscribe one that
    /// hangs; a disposed source reaches no later subscriber. Meters are switched off in the project file.</summary>
    private static void DisableDiagnostics(IServiceProvider services)
    {
        services.GetService<DiagnosticListener>()?.Dispose();
        services.GetService<ActivitySource>()?.Dispose();
    }

    private static IServiceCollection AddLoading(this IServiceCollection services) => services
        .AddSingleton(static _ => new PluginFinder())
        .AddSingleton<PluginStaging>()
        .AddSingleton<PluginLoader>()
        .AddSingleton<IAdapterFactory, PluginAdapterFactory>()
        .AddSingleton<IHandlerFactory, PluginHandlerFactory>();

    private static IServiceCollection AddIsolation(this IServiceCollection services) => services
        .AddSingleton<WorkerStarter>()
        .Decorate<IAdapterFactory, IsolatingAdapterFactory>()
        .Decorate<IHandlerFactory, IsolatingHandlerFactory>();

    /// <summary>Paths that no worker may read: the data directory with the store, the configuration, the files of secrets, the credentials of the
    /// service manager.</summary>
    internal static string[] HiddenFrom(GatewayConfiguration configuration, ConfigurationRequest source) =>
    [
        .. new[] { configuration.Gateway.DataDirectory, configuration.Source, source.Environment.GetValueOrDefault("CREDENTIALS_DIRECTORY") }
            .OfType<string>().Concat(configuration.SecretFiles).Where(Path.Exists).Select(Path.GetFullPath),
    ];

    private static IServiceCollection AddGuard(this IServiceCollection services) => services
        .AddSingleton<GuardServices>()
        .AddSingleton<GuardingAdapterFactory>()
        .AddSingleton<GuardingHandlerFactory>();

    private static IServiceCollection AddAccess(this IServiceCollection services) => services
        .AddSingleton<PairingCodeSender>()
        .AddSingleton(static provider => new PairingRequests(
            provider.GetRequiredService<MessageStore>(),
            provider.GetRequiredService<PairingCodeSender>().Deliver,
            provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<IAccessFilter>(static provider => new AccessFilter(
            provider.GetRequiredService<CurrentConfiguration>().AccessOf,
            provider.GetRequiredService<PairingRequests>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AccessFilter>>()));

    private static string[] AdapterIds(IServiceProvider provider) =>
        [.. provider.GetRequiredService<CurrentConfiguration>().Value.Adapters.Select(static adapter => adapter.Id)];

    private static IServiceCollection AddDispatch(this IServiceCollection services, GatewayOptions options) => services
        .AddSingleton(options.Inbox)
        .AddSingleton(provider =>
        {
            var media = new MediaFolder(options.DataDirectory, options.Media);
            media.Shares.Divide(AdapterIds(provider));
            return media;
        })
        .AddSingleton<IWatchedLoop, MediaCollector>()
        .AddSingleton(static provider =>
        {
            var intake = ActivatorUtilities.CreateInstance<InboxIntake>(provider, provider.GetRequiredService<ILogger<Dispatcher>>());
            intake.Quota.SetShares(AdapterIds(provider));
            var configuration = provider.GetRequiredService<CurrentConfiguration>();
            intake.Judge.ConversationOf = configuration.ConversationOf;
            intake.Judge.WordsOf = adapterId => configuration.Adapter(adapterId)?.ControlWords ?? new ControlWordOptions();
            return intake;
        })
        .AddSingleton(static provider =>
        {
            var owed = new MessageQuota(
                provider.GetRequiredService<CurrentConfiguration>().Value.Gateway.Outbox.MaxOwed, long.MaxValue / 4, sharesAreSure: true);
            owed.SetShares(AdapterIds(provider));
            return owed;
        })
        .AddSingleton(static provider => new MessageApi(
            provider.GetRequiredService<MessageStore>(),
            provider.GetRequiredService<Dispatcher>(),
            () => [.. provider.GetRequiredService<CurrentConfiguration>().Value.Adapters.Select(static adapter => adapter.Id)]))
        .AddSingleton(static provider => new Dispatcher(
            provider.GetRequiredService<MessageStore>(),
            provider.GetRequiredService<InboxIntake>(),
            provider.GetRequiredService<CurrentConfiguration>().HandlerOf,
            provider.GetRequiredService<MediaFolder>(),
            provider.GetRequiredService<TimeProvider>(),
            Random.Shared,
            provider.GetRequiredService<ILogger<Dispatcher>>(),
            provider.GetRequiredService<MessageQuota>()));

    /// <summary>Signals and the end of the process are not the host's business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
