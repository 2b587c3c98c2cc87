using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using PluginGateway.Loading;
using PluginGateway.Loading.Inspection;

namespace PluginGateway.Tests.Loading;

/// <summary>Every way a plugin can be unusable gives one code and a sentence, and no plugin code has run where metadata is enough.</summary>
public sealed class RefusedPluginTests : IDisposable
{
    private readonly PluginFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("empty", "empty-file")]
    [InlineData("text", "not-an-assembly")]
    [InlineData("truncated head", "not-an-assembly")]
    [InlineData("truncated tail", "not-an-assembly")]
    [InlineData("only the head", "not-an-assembly")]
    [InlineData("native ELF", "not-an-assembly")]
    [InlineData("native PE", "not-an-assembly")]
    public void A_file_that_is_no_assembly_is_refused(string what, string code)
    {
        var path = _fixture.Place("LoadingAlpha");
        var good = File.ReadAllBytes(path);
        File.WriteAllBytes(path, what switch
        {
            "empty" => [],
            "text" => "Not found. Try again later."u8.ToArray(),
            "truncated head" => good[512..],
            "truncated tail" => good[..^512],
            "only the head" => good[..200],
            "native ELF" => File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so")),
            _ => WithoutCliHeader(good),
        });
        Assert.Equal(code, Assert.Throws<PluginLoadException>(() => PluginInspector.Inspect(path)).Code.Word());
        Expect("LoadingAlpha", code);
    }

    [Fact]
    public void Damaged_bytes_never_escape_as_another_exception()
    {
        var path = _fixture.Place("LoadingAlpha");
        var good = File.ReadAllBytes(path);
        var random = new Random(36913);
        var refused = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var flips = random.Next(1, 20); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bytes);
            try
            {
                PluginInspector.Inspect(path);
            }
            catch (PluginLoadException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 1_000);
    }

    // Found by the test above: following the nesting for ever overflowed the stack, which ends the process.
    [Fact]
    public void A_type_that_is_nested_in_itself_is_refused()
    {
        var path = _fixture.Place("LoadingAlpha");
        var bytes = File.ReadAllBytes(path);
        using (var pe = new PEReader(new MemoryStream(bytes)))
        {
            var firstReference = pe.PEHeaders.MetadataStartOffset + pe.GetMetadataReader().GetTableMetadataOffset(TableIndex.TypeRef);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(firstReference), (1 << 2) | 3); // the scope of row 1 is row 1
        }

        File.WriteAllBytes(path, bytes);
        Expect("LoadingAlpha", "not-an-assembly");
    }

    [Theory]
    [InlineData(Microsoft.CodeAnalysis.Platform.X86)]
    [InlineData(Microsoft.CodeAnalysis.Platform.Arm)]
    public void A_build_for_another_processor_is_refused(Microsoft.CodeAnalysis.Platform platform)
    {
        _fixture.Place("Other", PluginFixture.Adapter(), platform: platform);
        Expect("Other", "wrong-architecture", "AnyCPU");
    }

    [Fact]
    public void A_missing_or_broken_deps_json_is_refused()
    {
        var path = _fixture.Place("LoadingAlpha");
        var deps = Path.ChangeExtension(path, ".deps.json");
        foreach (var text in (string[])["", "{", "[]", "{}", """{ "runtimeTarget": { "name": "x" }, "targets": {} }""", """{ "runtimeTarget": 7 }"""])
        {
            File.WriteAllText(deps, text);
            Expect("LoadingAlpha", "deps-invalid");
        }

        File.Delete(deps);
        Expect("LoadingAlpha", "deps-missing", "EnableDynamicLoading");
    }

    [Fact]
    public void A_library_that_is_listed_or_referenced_but_not_there_is_refused()
    {
        var path = _fixture.Place("LoadingAlpha");
        File.Delete(Path.Combine(Path.GetDirectoryName(path)!, "LoadingLibrary.dll"));
        Expect("LoadingAlpha", "dependency-missing", "LoadingLibrary.dll");
        File.WriteAllText(Path.ChangeExtension(path, ".deps.json"), """{ "runtimeTarget": { "name": "x" }, "targets": { "x": {} } }""");
        Expect("LoadingAlpha", "dependency-missing", "LoadingLibrary 1.0.0.0");
    }

    [Fact]
    public void A_library_of_the_host_does_not_stand_in_for_one_of_the_plugin()
    {
        var scrutor = typeof(Scrutor.DecorationException).Assembly.Location;
        _fixture.Place("Borrows", PluginFixture.Adapter("public Type Borrowed => typeof(Scrutor.DecorationException);"),
            more: Microsoft.CodeAnalysis.MetadataReference.CreateFromFile(scrutor));
        Expect("Borrows", "dependency-missing", "Scrutor");
    }

    [Fact]
    public void A_library_of_the_wrong_version_is_found_before_the_first_call()
    {
        var path = _fixture.Place("LoadingAlpha");
        var beta = _fixture.Place("LoadingBeta");
        File.Copy(Path.Combine(Path.GetDirectoryName(beta)!, "LoadingLibrary.dll"),
            Path.Combine(Path.GetDirectoryName(path)!, "LoadingLibrary.dll"), overwrite: true);
        Expect("LoadingAlpha", "type-load-failed", "Text");
    }

    [Theory]
    [InlineData("public sealed class Bad : Lib.Base { }", "a base type")]
    [InlineData("public sealed class Bad { public Bad() => _ = new Lib.Base(); }", "used in a constructor")]
    [InlineData("public sealed class Bad { public object M() => new Lib.Base(); }", "used in a method")]
    [InlineData("public sealed class Bad { public async Task M() { await Task.Yield(); new Lib.Base(); } }", "used in an asynchronous method")]
    [InlineData("public sealed class Bad { public object M() => typeof(Lib.Base); }", "named")]
    [InlineData("public sealed class Bad { public object M() => new System.Collections.Generic.List<Lib.Base>(); }", "an argument")]
    [InlineData("public sealed class Bad<T> { public object M(T t) => new Lib.Base(); }", "used in a generic class")]
    [InlineData("public sealed class Bad { public object M<T>() => new Lib.Base[1]; }", "used in a generic method")]
    public void A_library_that_lacks_a_type_is_found_before_the_first_call(string use, string where)
    {
        var full = PluginFixture.CompileReference("Lib", "namespace Lib { public class Base { } }", "1.0.0.0");
        var path = _fixture.Place("Lacks", PluginFixture.Adapter() + use, more: full);
        var lesser = _fixture.Place("Lib", "namespace Lib { public class Other { } }");
        File.Copy(lesser, Path.Combine(Path.GetDirectoryName(path)!, "Lib.dll"));
        Assert.True(_fixture.Refused("Lacks").Code is LoadCode.TypeLoadFailed or LoadCode.DependencyMissing, where);
    }

    [Theory]
    [InlineData("public sealed class Bad { public void M() => Lib.Base.Do(1); }", "a method with other parameters")]
    [InlineData("public sealed class Bad { public int M() => Lib.Base.Field; }", "a field")]
    [InlineData("public sealed class Bad { public int M(Lib.Base b) => b.Property; }", "a property")]
    [InlineData("public sealed class Bad<T> { public int M(Lib.Base b) => b.Property; }", "a property, in a generic class")]
    public void A_library_that_lacks_a_member_is_found_before_the_first_call(string use, string what)
    {
        PlaceWithLibrary(
            use, "public static int Field; public int Property => 1; public static void Do(int n) { }", "public static void Do(string n) { }");
        Assert.True(_fixture.Refused("Lacks").Code == LoadCode.TypeLoadFailed, what);
    }

    [Fact]
    public void An_attribute_that_is_absent_is_no_reason_to_refuse()
    {
        PlaceWithLibrary(
            "[Lib.Base] public sealed class Marked { [Lib.Base(Name = \"n\")] public int N; }", "public string? Name;", "", " : System.Attribute");
        File.Delete(Path.Combine(_fixture.Plugins, "Lacks", "Lib.dll"));
        PlaceLibrary("namespace Lib { public class Other { } }");
        Assert.NotNull(_fixture.Load("Lacks"));
    }

    [Fact]
    public void Code_of_every_form_is_accepted()
    {
        _fixture.Place("Forms", PluginFixture.Adapter() + """
            public unsafe sealed class Forms<T, U> where T : class, new()
            {
                private readonly System.Collections.Generic.Dictionary<U, System.Collections.Generic.List<T[]>> _map = new();
                private static readonly (T, U)[,] Grid = new (T, U)[2, 2];
                public event System.Action<U>? Changed;
                public T Make() => new();
                public V Of<V>(V v) where V : System.IComparable<V> => v.CompareTo(v) == 0 ? v : System.Linq.Enumerable.Max(new System.Collections.Generic.List<V> { v })!;
                public (T, U) At(int x) { Changed?.Invoke(default!); _map.TryGetValue(default!, out var l); return Grid[x, x]; }
                public static int Call(delegate*<int*, ref long, int> f, int* p, ref long l) => f(p, ref l);
                public async System.Collections.Generic.IAsyncEnumerable<U> Stream() { await Task.Yield(); yield return default!; }
                public System.Func<T, U, string> Text => static (t, u) => $"{t} {u}";
                public System.Span<byte> Bytes() => stackalloc byte[4].ToArray();
            }
            public record struct Pair<A>(A One, System.Collections.Generic.IReadOnlyList<A> More);
            """);
        Assert.NotNull(_fixture.Load("Forms"));
    }

    private void PlaceWithLibrary(string use, string full, string lesser, string bases = "")
    {
        _fixture.Place("Lacks", PluginFixture.Adapter() + use,
            more: PluginFixture.CompileReference("Lib", $"namespace Lib {{ public class Base{bases} {{ {full} }} }}", "1.0.0.0"));
        PlaceLibrary($"namespace Lib {{ public class Base{bases} {{ {lesser} }} }}");
    }

    private void PlaceLibrary(string source) =>
        File.Copy(_fixture.Place("Lib", source), Path.Combine(_fixture.Plugins, "Lacks", "Lib.dll"), overwrite: true);

    [Fact]
    public void A_framework_the_host_does_not_run_on_is_refused()
    {
        var path = _fixture.Place("Desktop", PluginFixture.Adapter());
        var config = Path.ChangeExtension(path, ".runtimeconfig.json");
        File.WriteAllText(config, """{ "runtimeOptions": { "framework": { "name": "Microsoft.WindowsDesktop.App", "version": "10.0.0" } } }""");
        Expect("Desktop", "framework-missing", "Microsoft.WindowsDesktop.App");
        File.WriteAllText(
            config, """{ "runtimeOptions": { "frameworks": [ { "name": "Microsoft.NETCore.App", "version": "99.0.0-preview.1" } ] } }""");
        Expect("Desktop", "framework-missing", "99.0.0");
        File.WriteAllText(config,
            """{ "runtimeOptions": { "frameworks": [ { "name": "Microsoft.NETCore.App", "version": "8.0.0" }, { "name": "Microsoft.AspNetCore.App", "version": "8.0.0" } ] } }""");
        Assert.NotNull(_fixture.Load("Desktop"));

        var future = PluginFixture.CompileReference("Microsoft.AspNetCore.Hosting", "namespace Future { public class Thing { } }", "99.0.0.0");
        _fixture.Place("Future", PluginFixture.Adapter("public object Thing() => new Future.Thing();"), more: future);
        Expect("Future", "framework-missing", "99.0.0.0");
    }

    [Fact]
    public void No_adapter_or_the_wrong_kind_or_a_class_that_is_none_is_refused()
    {
        _fixture.Place("Nothing", "public class C { }");
        Expect("Nothing", "no-adapter", "ChannelAdapter");
        _fixture.Place("Undeclared", PluginFixture.Adapter(attribute: ""));
        Expect("Undeclared", "no-adapter");
        _fixture.Place("Foreign", PluginFixture.Adapter(attribute: "[assembly: ChannelAdapter(\"test\", typeof(string))]"));
        Expect("Foreign", "no-adapter", "System.String");
        _fixture.Place("NoInterface",
            "[assembly: PluginGateway.ChannelAdapter(\"test\", typeof(C))] public class C { public C(PluginGateway.AdapterContext c) { } }");
        Expect("NoInterface", "no-adapter", "IChannelAdapter");
        _fixture.Place("LoadingAlpha");
        var refused = Assert.Throws<PluginLoadException>(() => _fixture.Loader.Load(_fixture.Request("LoadingAlpha", kind: PluginKind.Handler)));
        Assert.Equal(LoadCode.NoAdapter, refused.Code);
        Assert.Contains("'adapters'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "contract-older-major", "version 0 of the contract, this gateway has 1; get a newer build")]
    [InlineData(2, "contract-newer", "version 2 of the contract, this gateway has 1; update the gateway")]
    public void A_plugin_for_another_contract_of_the_same_assembly_version_is_refused(int number, string code, string sentence)
    {
        _fixture.Place("Another", PluginFixture.Adapter(attribute: $"[assembly: ChannelAdapter(\"test\", typeof(Adapter), {number})]"));
        Expect("Another", code, sentence);
        _fixture.Place("AnotherHandler", $"[assembly: PluginGateway.MessageHandler(\"test\", typeof(C), {number})] public class C {{ }}");
        Expect("AnotherHandler", code, sentence);
    }

    [Fact]
    public void A_plugin_for_a_draft_of_the_contract_is_refused()
    {
        _fixture.Place("LoadingFirstCut");
        Expect("LoadingFirstCut", "contract-missing", "was built for a draft of PluginGateway.Abstractions 1.0.0.0");
    }

    [Fact]
    public void The_compiler_writes_the_number_of_the_hosts_contract_into_every_plugin()
    {
        Assert.Equal(HostContract.Number, Assembly.Load("WebChat").GetCustomAttribute<ChannelAdapterAttribute>()!.Contract);
        Assert.Equal(HostContract.Number, typeof(PluginGateway.Plugins.Echo.EchoHandler).Assembly.GetCustomAttribute<MessageHandlerAttribute>()!.Contract);
    }

    [Fact]
    public void Two_adapters_in_one_DLL_are_refused()
    {
        var permissive = PluginFixture.CompileReference("PluginGateway.Abstractions", """
            namespace PluginGateway { [System.AttributeUsage(System.AttributeTargets.Assembly, AllowMultiple = true)]
            public sealed class ChannelAdapterAttribute(string platform, System.Type adapterType, int contract = 1) : System.Attribute { public object P => platform + adapterType + contract; } }
            """, "1.0.0.0");
        _fixture.Place("Two", """
            [assembly: PluginGateway.ChannelAdapter("one", typeof(C))] [assembly: PluginGateway.ChannelAdapter("two", typeof(C))] public class C { }
            """, permissive);
        Expect("Two", "two-adapters", "2 adapters");
    }

    [Theory]
    [InlineData("public abstract class C : Base { public C(PluginGateway.AdapterContext c) { } }")]
    [InlineData("public class C : Base { }")]
    [InlineData("public class C : Base { internal C(PluginGateway.AdapterContext c) { } }")]
    [InlineData("public class C : Base { public C(PluginGateway.AdapterContext c, int more) { } }")]
    [InlineData("public class C : Base { public C(string c) { } }")]
    public void A_class_the_host_cannot_create_is_refused(string type)
    {
        var source = PluginFixture.Adapter(attribute: "[assembly: ChannelAdapter(\"test\", typeof(C))]", type: "Base",
            members: "protected Base() { }").Replace("sealed class", "class", StringComparison.Ordinal);
        _fixture.Place("Uncreatable", source + type);
        Expect("Uncreatable", "no-constructor", "'C'");
    }

    [Theory]
    [InlineData("\"Bad Name\", typeof(Adapter)", "invalid-declaration")]
    [InlineData("null, typeof(Adapter)", "invalid-declaration")]
    [InlineData("\"test\", null", "no-adapter")]
    [InlineData("\"test\", typeof(Adapter), ConcurrentSends = 65", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), MaxTextLength = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ConcurrentSends = 0", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ConcurrentSends = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ChatMessagesPerSecond = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), AccountMessagesPerSecond = -0.5", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), AccountMessagesPerSecond = double.NegativeInfinity", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), MaxAttachments = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), MaxAttachmentBytes = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), MaxButtons = 65", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), MaxButtonLabel = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), IdempotencySeconds = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), MaxCaption = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ClientSplitLength = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), GroupMessagesPerMinute = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), AccountEditsPerSecond = 1e-5", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ChatEditsPerSecond = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), MaxEdits = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), EditWindowSeconds = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ButtonIdBytes = -1", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ButtonIdBytes = 21", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ChatMessagesPerSecond = double.NaN", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), ChatMessagesPerSecond = 1e-300", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), AccountMessagesPerSecond = 1e-5", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), PathPrefix = \"/../etc\"", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), PathPrefix = \"/api\"", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), PathPrefix = \"/status\"", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), PathPrefix = \"/hooks\"", "invalid-declaration")]
    [InlineData("\"test\", typeof(Adapter), TextUnit = (TextUnit)7", "contract-newer")]
    public void A_declaration_outside_the_contract_is_refused(string arguments, string code)
    {
        _fixture.Place("Declared", PluginFixture.Adapter(attribute: $"[assembly: ChannelAdapter({arguments})]"));
        Expect("Declared", code);
    }

    [Theory]
    [InlineData("", "context.Later();", "", "PluginGateway.LaterExtensions")]
    [InlineData("public Task PinAsync(MessageRef m, CancellationToken t) => Task.CompletedTask;", "", ", IPinMessages", "IPinMessages")]
    [InlineData("public void M(IPinMessages pins) { }", "", "", "IPinMessages")]
    public void What_only_a_later_contract_has_is_named(string members, string constructor, string interfaces, string missing)
    {
        _fixture.Place("Newer", PluginFixture.Adapter(members, constructor, interfaces), PluginFixture.LaterContract);
        Expect("Newer", "contract-newer", missing);
    }

    [Theory]
    [InlineData("1.0.0.0", "contract-newer")]
    [InlineData("0.1.0.0", "contract-older-major")]
    [InlineData("1.1.0.0", "contract-newer")]
    public void A_member_of_the_same_name_with_another_signature_is_missing(string version, string code)
    {
        var changed = PluginFixture.CompileReference("PluginGateway.Abstractions", """
            namespace PluginGateway { public sealed class ChannelAdapterAttribute(string platform, System.Type adapterType, int contract = 1, int added = 0) : System.Attribute { public object P => platform + adapterType + contract + added; } }
            """, version);
        _fixture.Place("Changed", "[assembly: PluginGateway.ChannelAdapter(\"one\", typeof(C))] public class C { }", changed);
        Expect("Changed", code, version);
    }

    [Fact]
    public void A_member_this_contract_lacks_is_named_though_it_is_used_in_a_method_only()
    {
        var changed = PluginFixture.CompileReference("PluginGateway.Abstractions", """
            namespace PluginGateway { public sealed class Chat { public string Id => ""; public int Id2 => 0; public long Kind => 0; }
            public sealed class ChannelAdapterAttribute(string platform, System.Type adapterType, int contract = 1) : System.Attribute { public object P => platform + adapterType + contract; } }
            """, "1.0.0.0");
        _fixture.Place("Member", "[assembly: PluginGateway.ChannelAdapter(\"one\", typeof(C))] public class C { public object M(PluginGateway.Chat chat) => (chat.Id, chat.Id2, chat.Kind); }", changed);
        Expect("Member", "contract-newer", "PluginGateway.Chat.get_Id2, PluginGateway.Chat.get_Kind,");
    }

    [Fact]
    public void A_module_initializer_that_throws_is_named()
    {
        _fixture.Place("Init", PluginFixture.Adapter()
            + "class C { [System.Runtime.CompilerServices.ModuleInitializer] internal static void Init() => throw new InvalidOperationException(\"in the initializer\"); }");
        Expect("Init", "module-initializer-failed", "in the initializer");
    }

    [Theory]
    [InlineData("", "throw new InvalidOperationException(\"no luck\");", "System.InvalidOperationException: no luck")]
    [InlineData("static readonly int X = int.Parse(\"seven\");", "_ = X;", "System.FormatException")]
    [InlineData("sealed class Sly : Exception { public override string Message => throw new Exception(); }", "throw new Sly();", "Sly")]
    [InlineData("", "throw new PluginException(new PluginFault(\"unauthorized\", \"the token is refused\", FaultRetry.AfterOperatorAction));",
        "the token is refused")]
    public void A_constructor_that_throws_is_named(string members, string constructor, string said)
    {
        _fixture.Place("Throws", PluginFixture.Adapter(members, constructor));
        var plugin = _fixture.Load("Throws");
        var refused = Assert.Throws<PluginLoadException>(() => new PluginAdapterFactory().Create(plugin, PluginFixture.Context()));
        Assert.Equal("constructor-failed", refused.Code.Word());
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.InnerException);
        Assert.Equal(constructor.Contains("PluginFault", StringComparison.Ordinal) ? PluginFault.UnauthorizedCode : null, refused.Fault?.Code);
    }

    [Fact]
    public void No_plugin_code_runs_when_the_metadata_is_enough()
    {
        var marker = Path.Combine(_fixture.Root, "ran");
        _fixture.Place("Quiet", PluginFixture.Adapter()
            + $"class C {{ [System.Runtime.CompilerServices.ModuleInitializer] internal static void Init() => System.IO.File.WriteAllText(\"{marker}\", \"\"); }}");
        Assert.Equal("test", _fixture.Loader.Inspect("Quiet", PluginKind.Adapter, []).Manifest.Adapter!.Platform);
        Assert.False(File.Exists(marker));
        _fixture.Load("Quiet");
        Assert.True(File.Exists(marker));
    }

    private void Expect(string name, string code, string inMessage = "")
    {
        var refused = _fixture.Refused(name);
        Assert.Equal((code, refused.Message), (refused.Code.Word(), refused.Message));
        Assert.Contains(inMessage, refused.Message, StringComparison.Ordinal);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    // Data directory 14 of the optional header is the CLI header (ECMA-335, II.25.2.3.3).
    private static byte[] WithoutCliHeader(byte[] good)
    {
        var bytes = (byte[])good.Clone();
        using var pe = new PEReader(new MemoryStream(good));
        var directories = pe.PEHeaders.PEHeader!.Magic == PEMagic.PE32 ? 96 : 112;
        bytes.AsSpan(pe.PEHeaders.PEHeaderStartOffset + directories + (14 * 8), 8).Clear();
        return bytes;
    }
}
