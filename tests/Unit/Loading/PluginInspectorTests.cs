using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

public sealed class PluginInspectorTests : IDisposable
{
    private readonly PluginFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void All_constants_of_the_attribute_are_read()
    {
        var manifest = PluginInspector.Inspect(_fixture.Place("LoadingAlpha"));
        var adapter = manifest.Adapter!;
        Assert.Equal("alpha", adapter.Platform);
        Assert.Equal("LoadingAlpha.AlphaAdapter", adapter.TypeName);
        Assert.Equal(
            new AdapterTraits
            {
                Platform = "alpha",
                MaxTextLength = 4096,
                MaxCaption = 1024,
                ClientSplitLength = 4000,
                GroupMessagesPerMinute = 20,
                AccountEditsPerSecond = 5,
                ChatEditsPerSecond = 0.25,
                MaxEdits = 9,
                EditWindowSeconds = 900,
                ButtonIdBytes = 64,
                SenderIdsProve = false,
                TextUnit = TextUnit.CodePoints,
                ConcurrentSends = 3,
                AccountMessagesPerSecond = 30,
                ChatMessagesPerSecond = 0.5,
                Inbound = InboundClass.CursorPolled,
                Idempotency = Idempotency.Native,
                PathPrefix = "/alpha",
                MaxAttachments = 2,
                MaxAttachmentBytes = 5_000_000_000,
                MaxButtons = 6,
                MaxButtonLabel = 20,
                Features = MessageFeatures.Location | MessageFeatures.LinkPreview | MessageFeatures.Tickets,
                PrivateDelivery = PrivateDelivery.Native,
            },
            adapter.Traits with { Extras = [], CredentialSettings = [] });
        Assert.Equal(["one", "two"], adapter.Traits.Extras);
        Assert.Equal(["token", "account"], adapter.Traits.CredentialSettings);
        Assert.Equal([nameof(IEditMessages), nameof(IShowTyping)], adapter.Capabilities.Names());
        Assert.Null(manifest.Handler);
        Assert.Equal(("LoadingAlpha", new Version(0, 1, 0, 0), new Version(1, 0, 0, 0)),
            (manifest.AssemblyName, manifest.AssemblyVersion, manifest.ContractVersion));
        Assert.Equal(64, manifest.Sha256.Length);
        Assert.Empty(manifest.Warnings);
    }

    [Fact]
    public void Defaults_are_those_of_the_attribute()
    {
        var traits = PluginInspector.Inspect(_fixture.Place("LoadingBeta")).Adapter!.Traits;
        var attribute = new ChannelAdapterAttribute("x", typeof(object));
        foreach (var property in typeof(AdapterTraits).GetProperties().Where(static property => property.Name is not ("EqualityContract" or nameof(AdapterTraits.Platform))))
            Assert.Equal(typeof(ChannelAdapterAttribute).GetProperty(property.Name)!.GetValue(attribute), property.GetValue(traits));
    }

    [Fact]
    public void Capabilities_are_found_through_a_generic_base_class_of_another_library()
    {
        var library = PluginFixture.CompileReference("Kit", KitSource, "0.0.0.0", PluginFixture.TodaysContract);
        var path = _fixture.Place("Derived",
            "[assembly: PluginGateway.ChannelAdapter(\"derived\", typeof(D))] public class D(PluginGateway.AdapterContext c) : Kit.Base<int>(c) { }",
            more: library);
        var kit = _fixture.Place("Kit", KitSource);
        File.Copy(kit, Path.Combine(Path.GetDirectoryName(path)!, "Kit.dll"));
        Assert.Equal([nameof(IProbeConnection)], _fixture.Load("Derived").Manifest.Adapter!.Capabilities.Names());
    }

    [Fact]
    public void Every_capability_of_the_contract_is_recognised()
    {
        var names = typeof(IChannelAdapter).Assembly.GetExportedTypes()
            .Where(static type => type.IsInterface && type.Name is "IEditMessages" or "IDeleteMessages" or "IReactToMessages" or "IShowTyping"
                or "IFetchAttachments" or "IProbeConnection" or "IValidateSettings" or "IServeHttp")
            .ToArray();
        Assert.Equal(8, names.Length);
        var members = string.Join('\n', names.SelectMany(static type => type.GetMethods().Select(method =>
            $"{Text(method.ReturnType)} {type.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select((p, i) => $"{Text(p.ParameterType)} p{i}"))}) => throw new NotSupportedException();")));
        var path = _fixture.Place(
            "All", PluginFixture.Adapter(members, interfaces: ", " + string.Join(", ", names.Select(static type => type.Name))));
        Assert.Equal(names.Select(static type => type.Name).Order(), PluginInspector.Inspect(path).Adapter!.Capabilities.Names());

        static string Text(Type type) => type.IsGenericType
            ? $"{type.Namespace}.{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Text))}>"
            : type.FullName!;
    }

    /// <summary>Kinds of a later contract are left out: no event of them comes.</summary>
    [Theory]
    [InlineData("", "", EventKinds.None, null)]
    [InlineData(", Events = EventKinds.MessageEdited | EventKinds.ReactionChanged", ", IEventHandler", EventKinds.MessageEdited | EventKinds.ReactionChanged, null)]
    [InlineData(", Events = EventKinds.MessageDeleted | (EventKinds)1024", ", IEventHandler", EventKinds.MessageDeleted, null)]
    [InlineData(", Events = EventKinds.MessageEdited", "", EventKinds.None, "implements PluginGateway.IEventHandler")]
    public void A_handler_declares_the_events_that_it_receives_and_implements_what_receives_them(
        string declared, string implemented, EventKinds events, string? problem)
    {
        var path = _fixture.Place("Hearer", $$"""
            using System.Threading; using System.Threading.Tasks; using PluginGateway;
            [assembly: MessageHandler("hearer", typeof(Hearer){{declared}})]
            public sealed class Hearer(HandlerContext context) : IMessageHandler{{implemented}}
            {
                public HandlerContext Context => context;
                public Task HandleAsync(Turn turn, CancellationToken token) => Task.CompletedTask;
                public Task HandleEventAsync(EventTurn turn, CancellationToken token) => Task.CompletedTask;
            }
            """);
        if (problem is null) Assert.Equal(events, PluginInspector.Inspect(path).Handler!.Traits.Events);
        else Assert.Contains(problem, Assert.Throws<PluginLoadException>(() => PluginInspector.Inspect(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", SessionScope.Default, false, null)]
    [InlineData(", Scope = SessionScope.Chat", SessionScope.Chat, false, null)]
    [InlineData(", Scope = SessionScope.Sender, Collect = true", SessionScope.Sender, true, null)]
    [InlineData(", Scope = (SessionScope)9", SessionScope.Default, false, "Scope = 9")]
    public void A_handler_declares_the_scope_of_its_sessions_and_whether_it_collects(
        string declared, SessionScope scope, bool collects, string? problem)
    {
        var path = _fixture.Place("Scoped", $$"""
            using System.Threading; using System.Threading.Tasks; using PluginGateway;
            [assembly: MessageHandler("scoped", typeof(Scoped){{declared}})]
            public sealed class Scoped(HandlerContext context) : IMessageHandler
            {
                public HandlerContext Context => context;
                public Task HandleAsync(Turn turn, CancellationToken token) => Task.CompletedTask;
            }
            """);
        if (problem is null)
        {
            var traits = PluginInspector.Inspect(path).Handler!.Traits;
            Assert.Equal((scope, collects), (traits.Scope, traits.Collect));
        }
        else
        {
            Assert.Contains(problem, Assert.Throws<PluginLoadException>(() => PluginInspector.Inspect(path)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""[assembly: HandlerCommand("help", "Shows help")] [assembly: HandlerCommand("help", "Zeigt Hilfe", Language = "de")] [assembly: HandlerCommand("new_1", "New")]""", "help Shows help de:Zeigt Hilfe, new_1 New", null)]
    [InlineData("", "", null)]
    [InlineData("""[assembly: HandlerCommand("Help", "Shows help")]""", "", "'Help' has other characters")]
    [InlineData("""[assembly: HandlerCommand("help", "")]""", "", "description")]
    [InlineData("""[assembly: HandlerCommand("help", "Zeigt Hilfe", Language = "de")]""", "", "no description without a language")]
    [InlineData("""[assembly: HandlerCommand("help", "a")] [assembly: HandlerCommand("help", "b")]""", "", "two descriptions")]
    [InlineData("""[assembly: HandlerCommand("help", "a")] [assembly: HandlerCommand("help", "b", Language = "deutsch")]""", "", "'deutsch' is no language")]
    public void A_handler_declares_its_commands_with_a_description_for_everyone_and_for_languages(string declared, string commands, string? problem)
    {
        var path = _fixture.Place("Commander", $$"""
            using System.Threading; using System.Threading.Tasks; using PluginGateway;
            [assembly: MessageHandler("commander", typeof(Commander))] {{declared}}
            public sealed class Commander(HandlerContext context) : IMessageHandler
            {
                public HandlerContext Context => context;
                public Task HandleAsync(Turn turn, CancellationToken token) => Task.CompletedTask;
            }
            """);
        if (problem is null)
            Assert.Equal(commands, string.Join(", ", PluginInspector.Inspect(path).Handler!.Commands.Select(static command =>
                $"{command.Name} {command.Description}{string.Concat(command.Descriptions.Select(static one => $" {one.Key}:{one.Value}"))}")));
        else Assert.Contains(problem, Assert.Throws<PluginLoadException>(() => PluginInspector.Inspect(path)).Message, StringComparison.Ordinal);
    }

    private const string KitSource = """
        using System.Threading; using System.Threading.Tasks; using PluginGateway;
        namespace Kit
        {
            public abstract class Base<T>(AdapterContext context) : IChannelAdapter, IProbeConnection
            {
                public AdapterContext Context => context;
                public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken token) => Task.FromResult(ConnectionInfo.Empty);
                public Task RunAsync(CancellationToken token) => Task.CompletedTask;
                public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken token) => Task.FromResult(SendResult.Sent("sent"));
                public Task DisconnectAsync(CancellationToken token) => Task.CompletedTask;
                public Task DisposeAsync() => Task.CompletedTask;
                public Task<ProbeResult> ProbeAsync(CancellationToken token) => Task.FromResult(new ProbeResult(true, true));
            }
        }
        """;

    [Theory]
    [InlineData("Environment.Exit(3);", true)]
    [InlineData("Console.WriteLine(Environment.ExitCode);", false)]
    public void A_plugin_that_can_end_the_process_is_warned_about_and_remembered(string constructor, bool warned)
    {
        _fixture.Place("Ender", PluginFixture.Adapter(constructor: $"if (context is null) {{ {constructor} }}"));
        var plugin = _fixture.Load("Ender", "suspect");
        Assert.Equal(warned ? ["ends-process"] : [], plugin.Manifest.Warnings.Select(static warning => warning.Code.Word()));
        Assert.Equal(warned ? ["suspect"] : [], _fixture.Loader.ProcessEnders);
    }

    [Theory]
    [InlineData("99.1.0.0", true)]
    [InlineData("0.0.0.1", false)]
    public void A_newer_copy_of_a_library_that_crosses_the_contract_is_refused_with_both_versions(string version, bool isRefused)
    {
        var path = _fixture.Place("Newest", PluginFixture.Adapter());
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, "System.Runtime.dll"),
            PluginFixture.CompileLibrary("Runtime", "public sealed class Nothing;", version));
        if (!isRefused)
        {
            PluginInspector.Inspect(path);
            return;
        }

        var refused = Assert.Throws<PluginLoadException>(() => PluginInspector.Inspect(path));
        Assert.Equal("framework-missing", refused.Code.Word());
        Assert.Contains("System.Runtime 99.1.0.0", refused.Message, StringComparison.Ordinal);
        Assert.Contains("System.Runtime 10.", refused.Message, StringComparison.Ordinal);
    }
}
