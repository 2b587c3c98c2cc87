using System.Runtime.CompilerServices;
using McMaster.NETCore.Plugins.Loader;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision;

/// <summary>A context that has been let go of, and what an operator is told when something keeps it.</summary>
public sealed class PendingUnloadsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly PendingUnloads _unloads;
    private int _sweeps;
    private Type? _kept;

    public PendingUnloadsTests() => _unloads = new PendingUnloads(_clock, () => _sweeps++);

    [Fact]
    public void One_that_is_kept_is_pending_after_fifteen_seconds_and_forgotten_when_it_is_let_go()
    {
        LoadAndKeep();
        Poll(14);
        Assert.Equal((1, 0), (_unloads.Left, _unloads.Count));
        Poll(1);
        Assert.Equal((1, 1), (_unloads.Left, _unloads.Count));
        Assert.NotNull(_kept);
        _kept = null;
        GuardFixture.Until(() =>
        {
            GC.Collect();
            Poll(1);
            return _unloads.Left == 0;
        }, "it is collected");
        Assert.Equal(0, _unloads.Count);
    }

    [Fact]
    public void It_looks_once_a_second_and_asks_for_one_sweep_when_the_unload_has_come_back()
    {
        var plugin = Load();
        _unloads.Add(plugin);
        Poll(1);
        Assert.Equal(0, _sweeps);
        plugin.Unload();
        Poll(0.999);
        Assert.Equal(0, _sweeps);
        Poll(0.001);
        Poll(1);
        Assert.Equal(1, _sweeps);
    }

    [Fact]
    public void It_asks_again_twice_while_something_keeps_it()
    {
        LoadAndKeep();
        foreach (var (seconds, sweeps) in ((double, int)[])[(1, 1), (4, 1), (1, 2), (5, 3), (60, 3)])
        {
            Poll(seconds);
            Assert.Equal(sweeps, _sweeps);
        }

        Assert.NotNull(_kept);
    }

    [Fact]
    public void Where_nothing_is_left_nothing_is_looked_at()
    {
        _clock.Advance(TimeSpan.FromSeconds(5));
        _unloads.Poll();
        var plugin = Load();
        _unloads.Add(plugin);
        plugin.Unload();
        _unloads.Poll();
        Assert.Equal(1, _sweeps);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LoadAndKeep()
    {
        var plugin = Load();
        _kept = plugin.Type;
        _unloads.Add(plugin);
        plugin.Unload();
    }

    private static LoadedPlugin Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "plugins", "Echo", "Echo.dll");
        var context = new AssemblyLoadContextBuilder().SetMainAssemblyPath(path).EnableUnloading()
            .PreferDefaultLoadContextAssembly(typeof(IChannelAdapter).Assembly.GetName()).Build();
        var type = context.LoadFromAssemblyPath(path).GetType("PluginGateway.Plugins.Echo.EchoHandler", throwOnError: true)!;
        return new LoadedPlugin("unit", new StagedPlugin("Echo", "", ""),
            new PluginManifest("", "Echo", new Version(1, 0), new Version(0, 1), "", null, null, []), type, context);
    }

    private void Poll(double seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        _unloads.Poll();
    }
}
