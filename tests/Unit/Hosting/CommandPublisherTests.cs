using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Hosting;

/// <summary>Commands of handlers, in the composed gateway.</summary>
public sealed class CommandPublisherTests : IDisposable
{
    private static readonly HandlerDeclaration Declared = new("h", "H", new()) { Commands = [new("help", "Shows help")] };

    private readonly GatewayFixture _fixture = new(
        """{ "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "web", "plugin": "Plain" } ] }""");

    private readonly Menu _menu = new();

    public void Dispose() => _fixture.Dispose();

    private IUnitHost Host => _fixture.The<IUnitHost>();

    [Fact]
    public void A_list_is_published_when_handler_and_adapter_are_there_again_after_a_connection_and_when_it_changes()
    {
        Attach(1);
        Assert.Empty(_menu.Lists);
        Declare(Declared);
        Until("help");
        Declare(Declared);
        Host.AdapterDetached("menu", 1);
        Attach(2);
        Until("help", "help");
        Declare(Declared with { Commands = [new("help", "Shows help"), new("new", "Begins anew")] });
        Until("help", "help", "help new");
        Declare(Declared with { Commands = [] });
        Until("help", "help", "help new", "");
        Attach(3);
        Declare(Declared);
        Until("help", "help", "help new", "", "help");
    }

    [Fact]
    public void A_handler_that_declares_none_leaves_the_list_of_the_platform_alone()
    {
        Declare(Declared with { Commands = [] });
        Attach(1);
        Declare(Declared);
        Until("help");
    }

    [Fact]
    public void A_publication_that_fails_is_logged_and_the_next_connection_publishes_again()
    {
        _menu.Fails = true;
        Declare(Declared);
        Attach(1);
        Until("help");
        _menu.Fails = false;
        Attach(2);
        Until("help", "help");
    }

    private void Declare(HandlerDeclaration declared) => Host.HandlerAttached(
        HandlerIds.Default, new GuardedHandler(
            HandlerIds.Default, 1, 1, new CallTimeouts(), GuardFixture.Services, new GuardFixture(new ScriptedAdapter()), static () => null!), declared);

    private void Attach(int generation)
    {
        var adapter = new GuardedAdapter(
            "menu", generation, 1, new CallTimeouts(), GuardFixture.Services, new GuardFixture(new ScriptedAdapter()), () => _menu)
        {
            Capabilities = AdapterCapabilities.PublishCommands,
        };
        GuardFixture.Await(adapter.BeginCreate);
        Host.AdapterAttached("menu", adapter, new AdapterTraits(), new OutboxOptions());
    }

    private void Until(params string[] lists) =>
        GuardFixture.Until(() => _menu.Lists.SequenceEqual(lists), $"the lists are {string.Join(", ", lists)}");

    /// <summary>An adapter with a menu.</summary>
    private sealed class Menu : IChannelAdapter, IPublishCommands
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lists = new();

        public IReadOnlyCollection<string> Lists => _lists;

        public bool Fails { get; set; }

        public Task PublishAsync(CommandPublication publication, CancellationToken cancellationToken)
        {
            _lists.Enqueue(string.Join(' ', publication.Commands.Select(static command => command.Name)));
            return Fails ? throw new IOException("not now") : Task.CompletedTask;
        }

        public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) => Task.FromResult(ConnectionInfo.Empty);

        public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => Task.FromResult(SendResult.Sent("m"));
    }
}
