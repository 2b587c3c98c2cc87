using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

public sealed class CommandListTests : IAsyncLifetime
{
    private static readonly CommandPublication List = new(
    [
        new PublishedCommand("help", "Shows help") { Descriptions = new Dictionary<string, string> { ["de"] = "Zeigt Hilfe" } },
        new PublishedCommand("new", "Begins anew"),
    ]);

    private readonly TelegramFixture _fixture = new();

    public async ValueTask InitializeAsync() => _ = await _fixture.ConnectAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task The_menu_has_the_commands_for_everyone_and_for_each_language_and_an_empty_list_removes_it()
    {
        await _fixture.Adapter.PublishAsync(List, TestContext.Current.CancellationToken);
        Assert.Equal(["help: Shows help", "new: Begins anew"], _fixture.Bot.Commands[""]);
        Assert.Equal(["help: Zeigt Hilfe", "new: Begins anew"], _fixture.Bot.Commands["de"]);
        await _fixture.Adapter.PublishAsync(new CommandPublication([]), TestContext.Current.CancellationToken);
        Assert.False(_fixture.Bot.Commands.ContainsKey(""));
    }

    [Fact]
    public async Task A_refusal_is_a_fault_with_its_reason()
    {
        _fixture.Server.Script("setMyCommands", BotReply.Bad("BOT_COMMAND_INVALID"));
        var refused = await Assert.ThrowsAsync<PluginException>(() => _fixture.Adapter.PublishAsync(List, TestContext.Current.CancellationToken));
        Assert.Contains("BOT_COMMAND_INVALID", refused.Fault.Message, StringComparison.Ordinal);
    }
}
