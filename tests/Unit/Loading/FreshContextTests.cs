using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

public sealed class FreshContextTests(ITestOutputHelper output) : IDisposable
{
    private const int WarmUp = 20;
    private const int Reconnects = 100;

    private readonly PluginYard _yard = new();

    public void Dispose() => _yard.Dispose();

    [Fact]
    public void A_hundred_reconnects_with_fresh_contexts_of_a_clean_plugin_leave_nothing_behind()
    {
        _yard.Place("LoadingAlpha");
        Reconnect(WarmUp);
        for (var k = 0; k < 3; k++) { var r0 = Settled(); var h0 = GC.GetTotalMemory(true); Reconnect(Reconnects); for (var q = 0; q < 5; q++) Settled(); output.WriteLine($"batch {k}: ws {Mebibytes(r0)} -> {Mebibytes(Settled())} heap {Mebibytes(h0)} -> {Mebibytes(GC.GetTotalMemory(true))} committed {Mebibytes(GC.GetGCMemoryInfo().TotalCommittedBytes)} ctx {AssemblyLoadContext.All.Count()}"); }
        var resident = Settled();
        var plugins = Reconnect(Reconnects);
        for (var round = 0; round < 20 && plugins.Exists(static plugin => !plugin.IsCollected); round++) Settled();
        var after = Settled();

        output.WriteLine($"{Reconnects} fresh contexts: {plugins.Count(static plugin => !plugin.IsCollected)} contexts and {Assemblies()} assemblies left; resident {Mebibytes(resident)} -> {Mebibytes(after)} MiB");
        Assert.All(plugins, static plugin => Assert.True(plugin.IsCollected));
        Assert.Equal(0, Assemblies());
        // Half a MiB a context would be a leak of the plugin's code alone; what other tests of this process do meanwhile is far below.
        Assert.InRange(after - resident, long.MinValue, Reconnects * 512 * 1024L);
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
        GC.Collect();
        return Environment.WorkingSet;
    }

    private static string Mebibytes(long bytes) => (bytes / 1048576.0).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);
}
