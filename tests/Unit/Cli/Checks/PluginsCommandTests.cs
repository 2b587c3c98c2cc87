using System.Text.Json;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Cli.Checks;

public sealed class PluginsCommandTests : IDisposable
{
    private readonly CommandFixture _commandFixture = new();
    private readonly string _data = Directory.CreateTempSubdirectory("plugins-command-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void Plugins_names_what_is_there_who_uses_it_and_what_is_wrong()
    {
        _commandFixture.Plugins =
        [
            new("Irc", _commandFixture.Dll, [new("irc-1", "adapter", null, null, null), new("irc-2", "adapter", null, null, null)]),
            new("Broken", _commandFixture.Dll with { Version = null, Code = "empty-file", Problem = "'Broken.dll' is empty; copy it again." },
                [new("b", "adapter", "empty-file", "'Broken.dll' is empty; copy it again.", null)]),
        ];
        Assert.Equal(0, _commandFixture.Invoke("plugins", "--data", _data));
        foreach (var said in (string[])["Irc", "1.0.0.0", "0.1.0.0", "aaaaaaaaaaaa", "bbbbbbbbbbbb", "irc-1, irc-2",
            "- 'Broken.dll' is empty; copy it again. [empty-file]"])
            Assert.Contains(said, _commandFixture.Output, StringComparison.Ordinal);
        Assert.Equal(2, _commandFixture.Output.Split("is empty").Length);
    }

    [Fact]
    public void Inspect_shows_the_declaration_and_ends_with_0_or_with_78_and_the_problem()
    {
        _commandFixture.Dll = _commandFixture.Dll with
        {
            Adapter = new(
                "irc", "Irc.IrcAdapter", ["IProbeConnection", "IShowTyping"], 400, TextUnit.Utf8Bytes, 4, 0.5, 0, InboundClass.NonReplayable,
                Idempotency.Native, [], null, 1, 1024, 3600, 8, 20, ["Location", "Silent"], ["effect"], PrivateDelivery.DirectChat)
        };
        Assert.Equal(0, _commandFixture.Invoke("inspect", "Irc"));
        foreach (var said in (string[])["irc (Irc.IrcAdapter)", "IProbeConnection, IShowTyping", "at most 400 Utf8Bytes",
            "4 at once, 0.5/s an account", "Location, Silent", "effect", "DirectChat",
            "8 a message, a label at most 20 UTF-16 units",
            "1 a message, at most 1024 bytes each", "idempotency: Native for 3600 s", new string('a', 64)])
            Assert.Contains(said, _commandFixture.Output, StringComparison.Ordinal);

        _commandFixture.Dll = _commandFixture.Dll with { Code = "deps-missing", Problem = "No deps.json; copy it." };
        Assert.Equal(ExitCodes.Configuration, _commandFixture.Invoke("inspect", "Irc", "--json"));
        Assert.Contains("\"code\": \"deps-missing\"", _commandFixture.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enable")]
    [InlineData("disable")]
    [InlineData("reconnect")]
    public void An_adapter_verb_without_a_gateway_says_that_none_runs(string action)
    {
        Assert.Equal(ExitCodes.Failed, _commandFixture.Invoke("adapter", action, "tg", "--data", _data, "--json"));
        using var json = JsonDocument.Parse(_commandFixture.Output);
        Assert.Contains("No gateway runs", json.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adapter")]
    [InlineData("adapter", "enable")]
    [InlineData("adapter", "fly", "tg")]
    [InlineData("inspect")]
    public void A_verb_that_lacks_what_it_needs_is_78(params string[] arguments) =>
        Assert.Equal(ExitCodes.Configuration, _commandFixture.Invoke(arguments));
}
