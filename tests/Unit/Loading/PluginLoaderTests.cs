using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Moq;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

public sealed class PluginLoaderTests : IDisposable
{
    private readonly PluginFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Two_plugins_use_their_own_versions_of_one_library_side_by_side()
    {
        _fixture.Place("LoadingAlpha");
        _fixture.Place("LoadingBeta");
        Assert.Equal("a: version one #1", await Send(_fixture.Load("LoadingAlpha", "a"), "a"));
        Assert.Equal("b: version two, 2", await Send(_fixture.Load("LoadingBeta", "b"), "b"));
    }

    [Fact]
    public async Task Two_adapter_ids_of_one_DLL_do_not_share_statics_and_one_id_keeps_them_until_it_asks_for_a_fresh_context()
    {
        _fixture.Place("LoadingAlpha");
        var first = _fixture.Load("LoadingAlpha", "a");
        Assert.Equal("a: version one #1", await Send(first, "a"));
        Assert.Equal("b: version one #1", await Send(_fixture.Load("LoadingAlpha", "b"), "b"));
        Assert.Same(first, _fixture.Load("LoadingAlpha", "a"));
        Assert.Equal("a: version one #2", await Send(first, "a"));
        var fresh = _fixture.Loader.Load(_fixture.Request("LoadingAlpha", "a") with { Fresh = true });
        Assert.NotSame(first, fresh);
        Assert.Equal("a: version one #1", await Send(fresh, "a"));
        Assert.Same(fresh, _fixture.Load("LoadingAlpha", "a"));
    }

    [Fact]
    public void One_plugin_can_hold_an_adapter_and_a_handler()
    {
        _fixture.Place("LoadingBeta");
        var plugin = _fixture.Loader.Load(_fixture.Request("LoadingBeta", "handler", PluginKind.Handler));
        var handler = new PluginHandlerFactory().Create(plugin, Mock.Of<HandlerContext>());
        Assert.Equal("LoadingBeta.BetaHandler", handler.GetType().FullName);
        Assert.Equal("beta-handler", plugin.Manifest.Handler!.Name);
        Assert.Equal("beta", plugin.Manifest.Adapter!.Platform);
    }

    [Fact]
    public void A_clean_plugin_is_gone_after_it_was_unloaded()
    {
        _fixture.Place("LoadingAlpha");
        var plugin = LoadSendAndUnload();
        Assert.True(plugin.IsUnloaded);
        Assert.True(Collected(plugin));
        Assert.Throws<ObjectDisposedException>(() => plugin.Type);
    }

    [Fact]
    public void An_instance_that_is_still_held_keeps_the_unload_pending()
    {
        _fixture.Place("LoadingAlpha");
        var plugin = _fixture.Load("LoadingAlpha");
        var holder = Held(plugin);
        plugin.Unload();
        Assert.False(Collected(plugin, rounds: 3));
        GC.KeepAlive(holder);
        holder.Value = null;
        Assert.True(Collected(plugin));
    }

    [Fact]
    public void A_refused_plugin_is_gone_too()
    {
        _fixture.Place("Throws",
            "class C { [System.Runtime.CompilerServices.ModuleInitializer] internal static void Init() => throw new System.Exception(\"no\"); }"
                .Insert(0, PluginFixture.Adapter()));
        var before = Contexts("Throws");
        _fixture.Refused("Throws");
        for (var i = 0; i < 100 && Contexts("Throws") > before; i++) Collect();
        Assert.Equal(before, Contexts("Throws"));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static int Contexts(string name) => AssemblyLoadContext.All.Count(context => context.Name == name);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_DLL_truncated_in_the_operators_folder_while_it_is_loaded_harms_nobody(int left)
    {
        var path = _fixture.Place("LoadingAlpha");
        var plugin = _fixture.Load("LoadingAlpha");
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.dll"))
        {
            using var stream = new FileStream(file, FileMode.Open);
            stream.SetLength(left);
        }

        Assert.Equal("test: version one #1", await Send(plugin, "test"));
        Assert.NotEmpty(plugin.Type.Assembly.GetTypes());
        Assert.StartsWith(_fixture.Data, plugin.Type.Assembly.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_DLL_overwritten_in_place_while_it_runs_harms_nobody()
    {
        var path = _fixture.Place("LoadingAlpha");
        var plugin = _fixture.Load("LoadingAlpha");
        var noise = new byte[new FileInfo(path).Length];
        Random.Shared.NextBytes(noise);
        using (var stream = new FileStream(path, FileMode.Open)) stream.Write(noise);
        Assert.Equal("test: version one #1", await Send(plugin, "test"));
        Assert.NotEmpty(plugin.Type.Assembly.GetTypes());
        Assert.Equal(LoadCode.NotAnAssembly, Assert.Throws<PluginLoadException>(() => _fixture.Load("LoadingAlpha", "another")).Code);
    }

    [Fact]
    public void A_new_build_in_the_folder_gets_a_context_of_its_own()
    {
        _fixture.Place("Build", PluginFixture.Adapter());
        var first = _fixture.Load("Build");
        _fixture.Place("Build", PluginFixture.Adapter("public int New => 1;"));
        var second = _fixture.Load("Build");
        Assert.NotSame(first, second);
        Assert.NotEqual(first.ContentHash, second.ContentHash);
        Assert.NotNull(second.Type.GetProperty("New"));
    }

    [Fact]
    public void A_plugin_with_a_newer_JSON_library_of_its_own_uses_it_and_reads_its_settings()
    {
        const string json = "namespace System.Text.Json { public static class Newest { public static string Word => typeof(Newest).Assembly.GetName().Version.ToString(); } }";
        var path = _fixture.Place("Newest", PluginFixture.Adapter(
            "public string Said { get; }", "Said = context.Settings.Read(s => s.RequiredText(\"word\")) + ' ' + System.Text.Json.Newest.Word;"),
            more: PluginFixture.CompileReference("System.Text.Json", json, "99.1.0.0"));
        File.WriteAllBytes(
            Path.Combine(Path.GetDirectoryName(path)!, "System.Text.Json.dll"), PluginFixture.CompileLibrary("System.Text.Json", json, "99.1.0.0"));
        var settings = PluginSettings.Parse("""{ "word": "hello" }""");
        var plugin = _fixture.Load("Newest");
        var adapter = new PluginAdapterFactory().Create(plugin, Mock.Of<AdapterContext>(context => context.Settings == settings));
        Assert.Equal("hello 99.1.0.0", adapter.GetType().GetProperty("Said")!.GetValue(adapter));
    }

    [Fact]
    public void A_contract_of_a_higher_version_of_which_nothing_new_is_used_is_served_by_ours()
    {
        _fixture.Place("Newer", PluginFixture.Adapter(), PluginFixture.LaterContract);
        var plugin = _fixture.Load("Newer");
        Assert.Equal(new Version(1, 9, 0, 0), plugin.Manifest.ContractVersion);
        Assert.IsType<IChannelAdapter>(new PluginAdapterFactory().Create(plugin, PluginFixture.Context()), exactMatch: false);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_own_copy_of_the_contract_is_ignored_with_a_warning(bool later)
    {
        var path = _fixture.Place("OwnCopy", PluginFixture.Adapter(), later ? PluginFixture.LaterContract : null);
        File.Copy(later ? PluginFixture.LaterContractFile : typeof(IChannelAdapter).Assembly.Location,
            Path.Combine(Path.GetDirectoryName(path)!, "PluginGateway.Abstractions.dll"));
        var plugin = _fixture.Load("OwnCopy");
        Assert.Equal("own-contract-copy", Assert.Single(plugin.Manifest.Warnings).Code.Word());
        Assert.IsType<IChannelAdapter>(new PluginAdapterFactory().Create(plugin, PluginFixture.Context()), exactMatch: false);
    }

    [Fact]
    public void A_pin_may_name_the_DLL_or_the_whole_folder_and_anything_else_is_refused()
    {
        _fixture.Place("LoadingAlpha");
        var inspected = _fixture.Loader.Inspect("LoadingAlpha", PluginKind.Adapter, []);
        var request = _fixture.Request("LoadingAlpha");
        Assert.NotNull(_fixture.Loader.Load(request with { Sha256 = inspected.Manifest.Sha256.ToUpperInvariant() }));
        Assert.NotNull(_fixture.Loader.Load(request with { Sha256 = inspected.ContentHash }));
        foreach (var id in (string[])["test", "other"])
        {
            var refused = Assert.Throws<PluginLoadException>(
                () => _fixture.Loader.Load(request with { ContextName = id, Sha256 = new string('0', 64) }));
            Assert.Equal("hash-mismatch", refused.Code.Word());
            Assert.Contains(inspected.Manifest.Sha256, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_plugin_keeps_its_own_version_of_a_library_the_host_has_too()
    {
        const string Source = "namespace Own { public static class Own { public static string Name => typeof(Own).Assembly.GetName().FullName; } }";
        var path = _fixture.Place("HasOwn", PluginFixture.Adapter("public override string ToString() => Own.Own.Name;"),
            more: PluginFixture.CompileReference("Scrutor", Source, "0.0.0.0"));
        File.Copy(_fixture.Place("Scrutor", Source), Path.Combine(Path.GetDirectoryName(path)!, "Scrutor.dll"));
        Assert.StartsWith("Scrutor, Version=0.0.0.0", new PluginAdapterFactory().Create(_fixture.Load("HasOwn"), PluginFixture.Context()).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_finds_its_own_native_library()
    {
        var path = _fixture.Place(
            "Native",
            PluginFixture.Adapter("[System.Runtime.InteropServices.DllImport(\"own\", EntryPoint = \"SystemNative_GetPid\")] static extern int Pid(); public override int GetHashCode() => Pid();"),
            native: "\"libown.so\": {}");
        Assert.Equal(LoadCode.DependencyMissing, _fixture.Refused("Native").Code);
        File.Copy(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so"),
            Path.Combine(Path.GetDirectoryName(path)!, "libown.so"));
        Assert.Equal(Environment.ProcessId, new PluginAdapterFactory().Create(_fixture.Load("Native"), PluginFixture.Context()).GetHashCode());
        Assert.Contains(Path.Combine(_fixture.Data, "staging"), File.ReadAllText("/proc/self/maps").Split('\n')
            .Single(static line => line.EndsWith("libown.so", StringComparison.Ordinal) && line.Contains("r-xp", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_names_the_adapter_whose_code_threw_it()
    {
        _fixture.Place("Blame", PluginFixture.Adapter("public override string ToString() => throw new InvalidOperationException(\"x\");"));
        var plugin = _fixture.Load("Blame", "blamed");
        var adapter = new PluginAdapterFactory().Create(plugin, PluginFixture.Context());
        Assert.Equal("blamed", PluginContexts.NameOf(Assert.Throws<InvalidOperationException>(() => adapter.ToString())));
        Assert.Equal("blamed", PluginContexts.NameOf(plugin.Type.Assembly));
        Assert.Null(PluginContexts.NameOf(new InvalidOperationException()));
    }

    [Fact]
    public void Plugins_load_from_many_threads_at_once_into_one_private_copy()
    {
        _fixture.Place("LoadingAlpha");
        var plugins = new LoadedPlugin[4];
        var threads = Enumerable.Range(0, plugins.Length)
            .Select(i => new Thread(() => plugins[i] = _fixture.Load("LoadingAlpha", $"id{i}"))).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        Assert.Single(plugins.Select(static plugin => plugin.Folder).Distinct());
        Assert.Single(Directory.GetDirectories(Path.Combine(_fixture.Data, "staging")));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<string> Send(LoadedPlugin plugin, string id)
    {
        var adapter = new PluginAdapterFactory().Create(plugin, PluginFixture.Context(id));
        return (await adapter.SendAsync(PluginFixture.Message(), CancellationToken.None)).Receipt!.MessageId;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static StrongBox<IChannelAdapter?> Held(LoadedPlugin plugin) => new(new PluginAdapterFactory().Create(plugin, PluginFixture.Context()));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private LoadedPlugin LoadSendAndUnload()
    {
        var plugin = _fixture.Load("LoadingAlpha");
        Assert.Equal("test: version one #1", Send(plugin, "test").GetAwaiter().GetResult());
        plugin.Unload();
        return plugin;
    }

    private static bool Collected(LoadedPlugin plugin, int rounds = 10)
    {
        for (var i = 0; i < rounds && !plugin.IsCollected; i++) Collect();
        return plugin.IsCollected;
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
