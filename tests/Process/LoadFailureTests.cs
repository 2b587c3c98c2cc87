using System.Diagnostics;
using System.Net;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Every way a plugin can fail to load, all at once beside a healthy adapter, through the real executable.</summary>
public sealed class LoadFailureTests(ITestOutputHelper output)
{
    private const int LoadSeconds = 10;

    /// <summary>Name, code, state, whether <c>check</c> sees it without running code, and a word of the remedy.</summary>
    private static readonly (string Name, string Code, string State, bool InCheck, string Remedy)[] Rows =
    [
        ("Text", "not-an-assembly", "parked", true, "copy"),
        ("Empty", "empty-file", "parked", true, "copy"),
        ("TruncatedHead", "not-an-assembly", "parked", true, "copy"),
        ("TruncatedTail", "not-an-assembly", "parked", true, "copy"),
        ("Native", "not-an-assembly", "parked", true, "copy"),
        ("WrongProcessor", "wrong-architecture", "parked", true, "AnyCPU"),
        ("Missing", "plugin-not-found", "parked", true, "looked for"),
        ("NoDependency", "dependency-missing", "parked", true, "copy"),
        ("NoDeps", "deps-missing", "parked", true, "EnableDynamicLoading"),
        ("BadDeps", "deps-invalid", "parked", true, "copy"),
        ("NoFramework", "framework-missing", "parked", true, "framework"),
        ("WrongPin", "hash-mismatch", "parked", true, "update 'sha256'"),
        ("Echo", "no-adapter", "parked", true, "name it under 'handler'"),
        ("LoadingLibrary", "no-adapter", "parked", true, "add [assembly:"),
        ("LoadingFirstCut", "contract-missing", "parked", true, "build it again"),
        ("LinkOutside", "path-outside", "parked", true, "copy the files"),
        ("ConstructorThrows", "constructor-failed", "waiting", false, "ask its author"),
        ("StaticConstructorThrows", "constructor-failed", "waiting", false, "ask its author"),
        ("StaticConstructorHangs", "create-timeout", "waiting", false, "timeouts.loadSeconds"),
        ("ConstructorHangs", "create-timeout", "waiting", false, "timeouts.loadSeconds"),
        ("ModuleInitializerThrows", "module-initializer-failed", "waiting", false, "the author must correct it"),
        ("ModuleInitializerHangs", "load-timeout", "waiting", false, "timeouts.loadSeconds"),
    ];

    [Fact]
    public async Task Every_plugin_that_cannot_be_loaded_has_one_state_one_code_and_a_remedy_while_the_healthy_one_works_on_time()
    {
        using var folder = new TempFolder();
        var configuration = Arrange(folder);
        var clock = Stopwatch.StartNew();
        using var gateway = GatewayProcess.Start(folder, configuration);
        Bound.Until(() => gateway.Answer("/chat") == HttpStatusCode.OK, Bound.Start, () => $"no chat page:\n{gateway.Said}");
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("beside");
        Bound.Until(() => client.PostAsync("beside", "m1", "beside broken ones").GetAwaiter().GetResult() == HttpStatusCode.Accepted, Bound.Start,
            () => gateway.Said);
        stream.WaitFor(1, Bound.Replies);
        var answered = clock.Elapsed;
        Assert.Contains(gateway.Status().Json.GetProperty("adapters").EnumerateArray(), static a => a.GetProperty("state").GetString() == "loading");
        output.WriteLine($"{Rows.Length} plugins that cannot be loaded; the healthy one answered {answered.TotalSeconds:0.0} s after the start, the hanging ones have {LoadSeconds} s");

        gateway.WaitUntilReady();
        foreach (var row in Rows)
        {
            var adapter = gateway.Adapter(row.Name.ToLowerInvariant());
            var state = adapter.GetProperty("state").GetString()!;
            output.WriteLine($"{row.Name}: {adapter.GetProperty("state")}, {adapter.GetProperty("code")}: {adapter.GetProperty("reason")}");
            Assert.Equal((row.Name, row.State, row.Code), (row.Name, Settled(state), adapter.GetProperty("code").GetString()));
            Assert.DoesNotContain("staging", adapter.GetProperty("reason").GetString(), StringComparison.Ordinal);
            Assert.Contains(row.Remedy, adapter.GetProperty("reason").GetString(), StringComparison.Ordinal);
        }

        AssertPluginsVerb(folder, gateway);
        await client.SendAsync("beside", "m2", "still there");
        stream.WaitFor(2, Bound.Replies);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Check_names_the_same_codes_where_they_can_be_seen_without_running_anything()
    {
        using var folder = new TempFolder();
        folder.Write("plugins.json", Arrange(folder));
        var check = Command.Run(folder.Path, "check", "--json", "--data", folder["data"]);
        Assert.Equal(78, check.ExitCode);
        var findings = JsonDocument.Parse(check.Output).RootElement.GetProperty("findings").EnumerateArray()
            .Where(static finding => finding.GetProperty("severity").GetString() == "error").ToDictionary(
            static finding => finding.GetProperty("where").GetString()!, static finding => finding.GetProperty("code").GetString());
        for (var i = 0; i < Rows.Length; i++)
            Assert.Equal((Rows[i].Name, Rows[i].InCheck ? Rows[i].Code : null), (Rows[i].Name, findings.GetValueOrDefault($"adapters[{i + 1}]")));
        Assert.False(Directory.Exists(folder["data", "staging"]));
    }

    [Fact]
    public void Inspect_reads_a_declaration_without_running_the_plugin()
    {
        using var folder = new TempFolder();
        Arrange(folder);
        var inspected = Command.Run(folder.Path, "inspect", folder["more", "ModuleInitializerHangs", "ModuleInitializerHangs.dll"], "--json");
        Assert.True(inspected.ExitCode == 0, inspected.Said);
        var json = JsonDocument.Parse(inspected.Output).RootElement;
        Assert.Equal("faulty", json.GetProperty("adapter").GetProperty("platform").GetString());
        Assert.Equal(2, json.GetProperty("adapter").GetProperty("concurrentSends").GetInt32());
        Assert.Equal(64, json.GetProperty("sha256").GetString()!.Length);
        var text = Command.Run(folder.Path, "inspect", folder["more", "NoDeps"]);
        Assert.Equal(78, text.ExitCode);
        Assert.Contains("[deps-missing]", text.Output, StringComparison.Ordinal);
        Assert.Contains("WebChat.WebChatAdapter", Command.Run(folder.Path, "inspect", "WebChat").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_shows_the_limits_of_an_adapter()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingAlpha", "LoadingAlpha");
        var path = folder["more", "LoadingAlpha", "LoadingAlpha.dll"];
        var text = Command.Run(folder.Path, "inspect", path);
        Assert.True(text.ExitCode == 0, text.Said);
        foreach (var line in (string[])["at most 4096 CodePoints, beside files at most 1024; clients split at 4000", "0.5/s a chat, 20 a minute in a group",
            "9 a message, for 900 s after its delivery, 5/s an account, 0.25/s a chat", "an id at most 64 bytes", "prove nothing: accounts do"])
            Assert.Contains(line, text.Output, StringComparison.Ordinal);
        var adapter = JsonDocument.Parse(Command.Run(folder.Path, "inspect", path, "--json").Output).RootElement.GetProperty("adapter");
        Assert.Equal((1024, 4000, 20, 9, 900, 64, false), (Number("maxCaption"), Number("clientSplitLength"), Number("groupMessagesPerMinute"),
            Number("maxEdits"), Number("editWindowSeconds"), Number("buttonIdBytes"), adapter.GetProperty("senderIdsProve").GetBoolean()));
        Assert.Equal((5, 0.25), (adapter.GetProperty("accountEditsPerSecond").GetDouble(), adapter.GetProperty("chatEditsPerSecond").GetDouble()));

        int Number(string name) => adapter.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task A_plugin_that_was_built_with_a_bare_reference_to_the_contracts_file_loads_and_answers()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingBareReference", "LoadingBareReference");
        using var gateway = GatewayProcess.StartReady(folder, """
            { "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" } ], "handler": { "plugin": "LoadingBareReference" } }
            """);
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("bare");
        await client.SendAsync("bare", "m1", "hello");
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal("hello, contract 1, generation 1", stream.Replies[0].Text);
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>What waits for its next attempt is sometimes in the middle of one.</summary>
    /// <summary>A plugin that hangs is tried again, and after three times it is quarantined; which of these a busy machine shows is not the point
    /// here.</summary>
    private static string Settled(string state) => state is "loading" or "quarantined" ? "waiting" : state;

    private static void AssertPluginsVerb(TempFolder folder, GatewayProcess gateway)
    {
        var listed = Command.Run(folder.Path, "plugins", "--json", "--config", folder["plugins.json"], "--data", gateway.Data);
        Assert.True(listed.ExitCode == 0, listed.Said);
        var plugins = JsonDocument.Parse(listed.Output).RootElement.EnumerateArray()
            .ToDictionary(static plugin => plugin.GetProperty("name").GetString()!);
        foreach (var row in Rows)
        {
            var id = row.Name.ToLowerInvariant();
            var use = Assert.Single(plugins[row.Name].GetProperty("usedBy").EnumerateArray(), use => use.GetProperty("id").GetString() == id);
            Assert.Equal((row.Name, row.InCheck ? row.Code : null), (row.Name, use.GetProperty("code").GetString()));
            Assert.Equal((row.Name, row.State, row.Code), (row.Name, Settled(use.GetProperty("running").GetProperty("state").GetString()!),
                use.GetProperty("running").GetProperty("code").GetString()));
        }

        var web = plugins["WebChat"];
        var running = web.GetProperty("usedBy")[0].GetProperty("running");
        Assert.Equal("connected", running.GetProperty("state").GetString());
        foreach (var name in (string[])["sha256", "contentHash", "version", "contract"])
            Assert.Equal(web.GetProperty("dll").GetProperty(name).GetString(), running.GetProperty(name).GetString());
        var table = Command.Run(folder.Path, "plugins", "--config", folder["plugins.json"], "--data", gateway.Data);
        Assert.Contains("web (connected)", table.Output, StringComparison.Ordinal);
        Assert.Contains("[hash-mismatch]", table.Output, StringComparison.Ordinal);
    }

    /// <summary>One plugin a row, and a configuration with all of them after the healthy one.</summary>
    private static string Arrange(TempFolder folder)
    {
        var healthy = Asset.Place(folder, "LoadingFaults", "Healthy");
        File.Delete(Path.Combine(Asset.Place(folder, "LoadingAlpha", "NoDependency"), "LoadingLibrary.dll"));
        Asset.Place(folder, "LoadingFaults", "WrongPin");
        Asset.Place(folder, "LoadingFirstCut", "LoadingFirstCut");
        var good = File.ReadAllBytes(Path.Combine(healthy, "Healthy.dll"));
        Rewrite(folder, "Text", "Not found. Try again later."u8.ToArray());
        Rewrite(folder, "Empty", []);
        Rewrite(folder, "TruncatedHead", good[512..]);
        Rewrite(folder, "TruncatedTail", good[..^512]);
        Rewrite(folder, "Native", File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so")));
        Rewrite(folder, "WrongProcessor", ForArm(good));
        File.Delete(Path.Combine(Asset.Place(folder, "LoadingFaults", "NoDeps"), "NoDeps.deps.json"));
        File.WriteAllText(Path.Combine(Asset.Place(folder, "LoadingFaults", "BadDeps"), "BadDeps.deps.json"), "{ \"runtimeTarget\": ");
        File.WriteAllText(
            Path.Combine(Asset.Place(folder, "LoadingFaults", "NoFramework"), "NoFramework.runtimeconfig.json"),
            """{ "runtimeOptions": { "framework": { "name": "Microsoft.NETCore.App", "version": "99.0.0" } } }""");
        var library = Directory.CreateDirectory(folder["more", "LoadingLibrary"]).FullName;
        File.Copy(Path.Combine(Asset.Folder("LoadingAlpha"), "LoadingLibrary.dll"), Path.Combine(library, "LoadingLibrary.dll"));
        File.CreateSymbolicLink(
            Path.Combine(Asset.Place(folder, "LoadingFaults", "LinkOutside"), "link.txt"), folder.Write("elsewhere.txt", "outside"));
        foreach (var place in (string[])["module initializer", "static constructor", "constructor"])
        {
            foreach (var how in (string[])["throws", "hangs"])
                File.WriteAllText(Path.Combine(Asset.Place(folder, "LoadingFaults",
                    string.Concat($"{place} {how}".Split(' ').Select(static word => char.ToUpperInvariant(word[0]) + word[1..]))), "fault"),
                    $"{place} {how}");
        }

        Directory.Delete(healthy, recursive: true);
        var adapters = new JsonArray(new JsonObject { ["id"] = "web", ["plugin"] = "WebChat" });
        foreach (var row in Rows)
        {
            var adapter = new JsonObject { ["id"] = row.Name.ToLowerInvariant(), ["plugin"] = row.Name };
            if (row.Name == "WrongPin") adapter["sha256"] = new string('0', 64);
            adapters.Add(adapter);
        }

        return new JsonObject
        {
            ["gateway"] = new JsonObject { ["pluginPaths"] = new JsonArray("more"), ["timeouts"] = new JsonObject { ["loadSeconds"] = LoadSeconds } },
            ["adapters"] = adapters,
        }.ToJsonString();
    }

    private static void Rewrite(TempFolder folder, string name, byte[] bytes) =>
        File.WriteAllBytes(Path.Combine(Asset.Place(folder, "LoadingFaults", name), name + ".dll"), bytes);

    /// <summary>The machine in the COFF header, which follows the four bytes "PE\0\0".</summary>
    private static byte[] ForArm(byte[] good)
    {
        var bytes = (byte[])good.Clone();
        using var pe = new PEReader(new MemoryStream(good));
        BitConverter.TryWriteBytes(bytes.AsSpan(pe.PEHeaders.CoffHeaderStartOffset), (ushort)Machine.Arm);
        return bytes;
    }
}
