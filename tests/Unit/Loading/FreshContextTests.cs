using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

public sealed class FreshContextTests(ITestOutputHelper output) : IDisposable
{
    private const int WarmUp = 100;
    private const int Reconnects = 100;

    private readonly PluginYard _yard = new();

    public void Dispose() => _yard.Dispose();

    [Fact]
    public void A_hundred_reconnects_with_fresh_contexts_of_a_clean_plugin_leave_nothing_behind()
    {
        _yard.Place("LoadingAlpha");
        Reconnect(WarmUp);
        var resident = Settled();
        var plugins = Reconnect(Reconnects);
        for (var round = 0; round < 20 && plugins.Exists(static plugin => !plugin.IsCollected); round++) Settled();
        var after = Settled();

        output.WriteLine($"{Reconnects} fresh contexts: {plugins.Count(static plugin => !plugin.IsCollected)} contexts and {Assemblies()} assemblies left; resident {Mebibytes(resident)} -> {Mebibytes(after)} MiB");
        Assert.All(plugins, static plugin => Assert.True(plugin.IsCollected));
        Assert.Equal(0, Assemblies());
        // One context holds about 0.4 MiB; what other tests of this process do meanwhile is not ours.
        Assert.InRange(after - resident, long.MinValue, Reconnects * 256 * 1024L);
    }

    [Fact]
    public void A_sweep_collects_a_context_that_nobody_holds_without_anybody_waiting_for_it()
    {
        _yard.Place("LoadingAlpha");
        var plugin = Reconnect(1)[0];
        var clock = Stopwatch.StartNew();
        UnloadSweep.Request();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
        while (!plugin.IsCollected && clock.Elapsed < TimeSpan.FromSeconds(60)) Thread.Sleep(50);
        Assert.True(plugin.IsCollected);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<LoadedPlugin> Reconnect(int times)
    {
        List<LoadedPlugin> plugins = [];
        for (var i = 0; i < times; i++)
        {
            var plugin = _yard.Loader.Load(_yard.Request("LoadingAlpha", "clean") with { Fresh = true });
            Work(plugin);
            plugin.Unload();
            plugins.Add(plugin);
        }

        return plugins;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Work(LoadedPlugin plugin)
    {
        var adapter = new PluginAdapterFactory().Create(plugin, PluginYard.Context("clean"));
        Assert.Equal("clean: version one #1", adapter.SendAsync(PluginYard.Message(), CancellationToken.None).GetAwaiter().GetResult().Receipt!.MessageId);
        adapter.DisposeAsync().GetAwaiter().GetResult();
    }

    private int Assemblies() => AssemblyLoadContext.All.SelectMany(static context => context.Assemblies).Count(assembly => !assembly.IsDynamic && assembly.Location.StartsWith(_yard.Data, StringComparison.Ordinal));

    private static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        // Gives free memory back, so that what is resident is what is held.
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }

    private static string Mebibytes(long bytes) => (bytes / 1048576.0).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);
}
