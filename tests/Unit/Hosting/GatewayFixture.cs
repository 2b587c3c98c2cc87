using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Hosting;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Reloading;
using PluginGateway.Shutdown;
using PluginGateway.Store;
using PluginGateway.Store.Files;
using PluginGateway.Supervision;
using PluginGateway.Tests.Loading;
using PluginGateway.Units;

namespace PluginGateway.Tests.Hosting;

/// <summary>The whole gateway as <c>run</c> composes it, inside the test's process: without its listener, its signals and its end. Plugins of
/// the test are compiled into its plugin folder.</summary>
internal sealed class GatewayFixture : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SafeFileHandle _nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
    private readonly WebApplication _app;
    private readonly GatewayInfo _info = new("test", "http://127.0.0.1:0/", null);

    /// <param name="configuration">The configuration; <c>PLUGINS</c> in it is the plugin folder.</param>
    /// <param name="place">Puts plugins there before anything looks.</param>
    public GatewayFixture(string configuration, Action<PluginFixture>? place = null)
    {
        place?.Invoke(Yard);
        Write(configuration);
        var source = new ConfigurationRequest
        {
            ConfigPath = Path.Combine(Yard.Root, "plugins.json"),
            WorkingDirectory = Yard.Root,
            Environment = new Dictionary<string, string>(),
            DataDirectory = Yard.Data,
            ConfinesErrors = true,
        };
        var result = ConfigurationFile.Load(source);
        Assert.True(result.Configuration is not null, string.Join('\n', result.Problems));
        var options = result.Configuration.Gateway;
        DataDirectory.Prepare(Yard.Data);
        Store = MessageStore.Open(StoreFile.Options(Yard.Data, options.Store), TimeProvider.System, NullLogger.Instance);
        var writer = new LogWriter((int)_nowhere.DangerousGetHandle(), static dropped => $"{dropped} dropped");
        var watchdog = new ShutdownWatchdog(static _ => { }, static _ => { });
        Stops = new StopRequests(watchdog);
        _app = HostComposition.Build(
            result.Configuration, source, AdapterOverrides.None, Store, _info, new ProcessRequests(Stops, watchdog, Reloads),
            new ServiceManager(null, null, TimeProvider.System), new LineLoggerProvider(writer, new TextLines(false), TimeProvider.System));
    }

    public PluginFixture Yard { get; } = new();

    public MessageStore Store { get; }

    public StopRequests Stops { get; }

    public ReloadQueue Reloads { get; } = new();

    public bool HasStarted
    {
        set => _info.HasStarted = value;
    }

    /// <summary>The source of an adapter that stays connected.</summary>
    public static string Adapter(string constructor = "", string members = "", string interfaces = "", string? attribute = null) =>
        PluginFixture.Adapter(members, constructor, interfaces, attribute: attribute)
            .Replace("RunAsync(CancellationToken token) => Task.CompletedTask",
            "RunAsync(CancellationToken token) => Task.Delay(Timeout.Infinite, token)", StringComparison.Ordinal);

    public T The<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public UnitSnapshot? Unit(string id) => The<Supervisor>().Snapshot.Units.FirstOrDefault(unit => unit.Id == id);

    /// <summary>Starts its loops and units, and waits until each of them has got as far as it can for now.</summary>
    public GatewayFixture Started()
    {
        The<Gateway>().Start();
        Until(() => The<Supervisor>().Snapshot is { Units.Count: > 0, IsSettled: true });
        return this;
    }

    public void Write(string configuration) =>
        File.WriteAllText(Path.Combine(Yard.Root, "plugins.json"), configuration.Replace("PLUGINS", Yard.Plugins, StringComparison.Ordinal));

    public ReloadReport Await(int ticket)
    {
        Until(() => Reloads.Find(ticket)!.Done);
        return Reloads.Find(ticket)!;
    }

    public static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience), "It has not come to that.");

    public void Dispose()
    {
        Stops.Ask("the end of the test", 0);
        if (The<Supervisor>().Snapshot.Units.Count > 0)
        {
            The<Supervisor>().BeginStop(TimeSpan.FromSeconds(5));
            The<Supervisor>().WaitStopped(TimeSpan.FromSeconds(10));
        }

        Store.Close(TimeSpan.FromSeconds(10));
        _nowhere.Dispose();
        Yard.Dispose();
    }
}
