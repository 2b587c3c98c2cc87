using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

/// <summary>Alone: it looks at the memory of the whole process.</summary>
[Collection<RunsAlone>]
public sealed class FreshContextTests(ITestOutputHelper output) : IDisposable
{
    private const int WarmUp = 100;
    private const int Reconnects = 100;
    private const int Measurements = 3;

    private readonly PluginFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_hundred_reconnects_with_fresh_contexts_of_a_clean_plugin_leave_nothing_behind()
    {
        _fixture.Place("LoadingAlpha");
        Reconnect(WarmUp);
        // One context holds about 0.4 MiB, so contexts that stay show in each measurement; what the runtime itself takes once does not.
        Assert.Contains(Enumerable.Range(0, Measurements), _ => Growth() < Reconnects * 256 * 1024L);
    }

    /// <summary>Of what is resident, in bytes, over a hundred reconnects.</summary>
    private long Growth()
    {
        var resident = Settled();
        var plugins = Reconnect(Reconnects);
        for (var round = 0; round < 20 && plugins.Exists(static plugin => !plugin.IsCollected); round++) Settled();
        var after = Settled();

        output.WriteLine($"{Reconnects} fresh contexts: {plugins.Count(static plugin => !plugin.IsCollected)} contexts and {Assemblies()} assemblies left; resident {Mebibytes(resident)} -> {Mebibytes(after)} MiB");
        Assert.All(plugins, static plugin => Assert.True(plugin.IsCollected));
        Assert.Equal(0, Assemblies());
        return after - resident;
    }

    [Fact]
    public void A_sweep_collects_a_context_that_nobody_holds_without_anybody_waiting_for_it()
    {
        _fixture.Place("LoadingAlpha");
        var plugin = Reconnect(1)[0];
        var clock = Stopwatch.StartNew();
        UnloadSweep.Request();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
        while (!plugin.IsCollected && clock.Elapsed < TimeSpan.FromSeconds(60)) Thread.Sleep(50);
        Assert.True(plugin.IsCollected);
    }

    [Fact]
    public void The_framework_has_the_methods_that_clear_its_caches() => Assert.DoesNotContain(null, FrameworkCaches.Clearing);

    [Fact]
    public void A_context_whose_types_the_serializer_has_cached_is_collected_though_a_later_one_uses_the_same_options()
    {
        _fixture.Place("Serializing", PluginFixture.Adapter(
            "static readonly System.Text.Json.JsonSerializerOptions Options = new(); sealed class Own { public int Number { get; set; } public Own? Inner { get; set; } }",
            "System.Text.Json.JsonSerializer.Deserialize<Own>(System.Text.Json.JsonSerializer.Serialize(new Own { Inner = new Own() }, Options), Options);"));
        var earlier = Enumerable.Range(0, 3).Select(_ => Serialize(isKept: false)).ToArray();
        var running = Serialize(isKept: true);
        UnloadSweep.Request();
        var clock = Stopwatch.StartNew();
        while (earlier.Any(static plugin => !plugin.IsCollected) && clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            Thread.Sleep(500);
            UnloadSweep.Request();
        }

        Assert.All(earlier, static plugin => Assert.True(plugin.IsCollected));
        running.Unload();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private LoadedPlugin Serialize(bool isKept)
    {
        var plugin = _fixture.Loader.Load(_fixture.Request("Serializing", "serializing") with { Fresh = true });
        new PluginAdapterFactory().Create(plugin, PluginFixture.Context());
        if (!isKept) plugin.Unload();
        return plugin;
    }

    /// <summary>What hung in it may still hang there, and it is unloaded as soon as that comes back.</summary>
    [Fact]
    public void A_context_that_was_given_up_is_not_handed_out_again()
    {
        _fixture.Place("LoadingAlpha");
        var first = _fixture.Loader.Load(_fixture.Request("LoadingAlpha", "again"));
        Assert.Same(first, _fixture.Loader.Load(_fixture.Request("LoadingAlpha", "again")));
        first.Discard();
        var second = _fixture.Loader.Load(_fixture.Request("LoadingAlpha", "again"));
        Assert.NotSame(first, second);
        Assert.Same(second, _fixture.Loader.Load(_fixture.Request("LoadingAlpha", "again")));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<LoadedPlugin> Reconnect(int times)
    {
        List<LoadedPlugin> plugins = [];
        for (var i = 0; i < times; i++)
        {
            var plugin = _fixture.Loader.Load(_fixture.Request("LoadingAlpha", "clean") with { Fresh = true });
            Work(plugin);
            plugin.Unload();
            plugins.Add(plugin);
        }

        return plugins;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Work(LoadedPlugin plugin)
    {
        var adapter = new PluginAdapterFactory().Create(plugin, PluginFixture.Context("clean"));
        Assert.Equal(
            "clean: version one #1", adapter.SendAsync(PluginFixture.Message(), CancellationToken.None).GetAwaiter().GetResult().Receipt!.MessageId);
        adapter.DisposeAsync().GetAwaiter().GetResult();
    }

    private int Assemblies() => AssemblyLoadContext.All.SelectMany(static context => context.Assemblies)
        .Count(assembly => !assembly.IsDynamic && assembly.Location.StartsWith(_fixture.Data, StringComparison.Ordinal));

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
