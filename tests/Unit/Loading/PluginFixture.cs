using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

/// <summary>A plugins folder and a data directory of a test's own, with real plugin DLLs: built ones, and ones compiled from a few lines.</summary>
internal sealed class PluginFixture : IDisposable
{
    private static readonly string Assets = Path.Combine(AppContext.BaseDirectory, "assets");
    private static readonly Lazy<MetadataReference[]> Framework =
        new(static () => [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(static path => Path.GetDirectoryName(path) != Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))
        .Select(static path => MetadataReference.CreateFromFile(path))]);

    public PluginFixture()
    {
        Root = Directory.CreateTempSubdirectory("plugin-yard-").FullName;
        Plugins = Directory.CreateDirectory(Path.Combine(Root, "plugins")).FullName;
        Data = Path.Combine(Root, "data");
        Staging = new PluginStaging();
        Loader = new PluginLoader(new PluginFinder(Plugins), Staging, NullLogger<PluginLoader>.Instance);
    }

    public static MetadataReference TodaysContract { get; } = MetadataReference.CreateFromFile(typeof(IChannelAdapter).Assembly.Location);

    public static string LaterContractFile => Path.Combine(Assets, "PluginGateway.Abstractions", "PluginGateway.Abstractions.dll");

    public static MetadataReference LaterContract => MetadataReference.CreateFromFile(LaterContractFile);

    public string Root { get; }

    public string Plugins { get; }

    public string Data { get; }

    public PluginStaging Staging { get; }

    public PluginLoader Loader { get; }

    public static string Adapter(
        string members = "", string constructor = "", string interfaces = "", string type = "Adapter", string? attribute = null) => $$"""
        using System; using System.Threading; using System.Threading.Tasks; using PluginGateway;
        {{attribute ?? $"[assembly: ChannelAdapter(\"test\", typeof({type}))]"}}
        public sealed class {{type}} : IChannelAdapter {{interfaces}}
        {
            public {{type}}(AdapterContext context) { {{constructor}} }
            public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken token) => Task.FromResult(ConnectionInfo.Empty);
            public Task RunAsync(CancellationToken token) => Task.CompletedTask;
            public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken token) => Task.FromResult(SendResult.Sent("sent"));
            public Task DisconnectAsync(CancellationToken token) => Task.CompletedTask;
            public Task DisposeAsync() => Task.CompletedTask;
            {{members}}
        }
        """;

    public static MetadataReference CompileReference(string name, string source, string version, params MetadataReference[] references) =>
        MetadataReference.CreateFromImage(Compile(name, source, Microsoft.CodeAnalysis.Platform.AnyCpu, references, version));

    public static AdapterContext Context(string id = "test") => Mock.Of<AdapterContext>(context => context.AdapterId == id);

    public static OutboundMessage Message() => new("key", new Chat("1", ChatKind.Direct), "text");

    /// <summary>Puts a built plugin into the plugins folder; returns its DLL.</summary>
    public string Place(string asset)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Plugins, asset)).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Assets, asset))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return Path.Combine(folder, asset + ".dll");
    }

    /// <summary>Compiles a plugin into the plugins folder; returns its DLL.</summary>
    public string Place(
        string name, string source, MetadataReference? contract = null,
        Microsoft.CodeAnalysis.Platform platform = Microsoft.CodeAnalysis.Platform.AnyCpu, string native = "",
        params MetadataReference[] more)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Plugins, name)).FullName;
        var path = Path.Combine(folder, name + ".dll");
        File.WriteAllBytes(path, Compile(name, source, platform, [contract ?? TodaysContract, .. more]));
        File.WriteAllText(Path.ChangeExtension(path, ".deps.json"), $$"""
            { "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0" }, "targets": { ".NETCoreApp,Version=v10.0": { "{{name}}/1.0.0": { "runtime": { "{{name}}.dll": {} }, "native": { {{native}} } } } }, "libraries": { "{{name}}/1.0.0": { "type": "project", "serviceable": false, "sha512": "" } } }
            """);
        return path;
    }

    public LoadRequest Request(string name, string id = "test", PluginKind kind = PluginKind.Adapter) =>
        new() { Name = name, Kind = kind, ContextName = id, DataDirectory = Data };

    public LoadedPlugin Load(string name, string id = "test") => Loader.Load(Request(name, id));

    public PluginLoadException Refused(string name) => Assert.Throws<PluginLoadException>(() => Load(name));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public static byte[] CompileLibrary(string name, string source, string version) =>
        Compile(name, source, Microsoft.CodeAnalysis.Platform.AnyCpu, [], version);

    private static byte[] Compile(
        string name, string source, Microsoft.CodeAnalysis.Platform platform, MetadataReference[] references, string version = "0.0.0.0")
    {
        var attributes = $"[assembly: System.Reflection.AssemblyVersion(\"{version}\")]";
        var compilation = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(source), CSharpSyntaxTree.ParseText(attributes)],
            [.. Framework.Value, .. references],
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, platform: platform, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return image.ToArray();
    }
}
