using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>The memory of a nick on IRC, where any user may take it: an IRC server of a few lines says who is there.</summary>
public sealed class NickMemoryTests
{
    [Fact]
    public async Task A_nick_that_is_taken_by_another_has_no_memory()
    {
        using var folder = new TempFolder();
        using var irc = new SmallIrcServer();
        var adapter = new JsonObject
        {
            ["id"] = "irc",
            ["plugin"] = "Irc",
            ["allow"] = Plans.Everybody,
            ["settings"] = new JsonObject
            {
                ["server"] = "127.0.0.1", ["port"] = irc.Port, ["tls"] = false, ["nick"] = "bot", ["channels"] = new JsonArray("#room"), ["linesPerSecond"] = 0,
            },
        };
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([adapter]));
        await irc.UntilJoinedAsync();
        await irc.SayAsync(":ann!a@h JOIN #room", ":carl!c@h JOIN #room", ":ann!a@h PRIVMSG bot :remember: the key is under the mat");
        Assert.Equal("(remembered)", await irc.AnswerToAsync("ann"));
        await irc.SayAsync(":ann!a@h PRIVMSG bot :recall");
        Assert.Equal("the key is under the mat", await irc.AnswerToAsync("ann"));
        await irc.SayAsync(":carl!c@h PRIVMSG bot :remember: carl's own");
        Assert.Equal("(remembered)", await irc.AnswerToAsync("carl"));
        // Ann leaves, carl takes another nick, and somebody else takes both of theirs.
        await irc.SayAsync(":ann!a@h QUIT :bye", ":carl!c@h NICK carlos", ":ann!x@y PRIVMSG bot :recall");
        Assert.Equal("(nothing is remembered)", await irc.AnswerToAsync("ann"));
        await irc.SayAsync(":carl!x@y PRIVMSG bot :recall");
        Assert.Equal("(nothing is remembered)", await irc.AnswerToAsync("carl"));
        // While the bot is away nobody knows who leaves.
        await irc.SayAsync(":ann!x@y PRIVMSG bot :remember: mine");
        Assert.Equal("(remembered)", await irc.AnswerToAsync("ann"));
        irc.Drop();
        await irc.UntilJoinedAsync();
        await irc.SayAsync(":ann!z@z PRIVMSG bot :recall");
        Assert.Equal("(nothing is remembered)", await irc.AnswerToAsync("ann"));
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>IRC server for one client, which says what the test tells it.</summary>
    private sealed class SmallIrcServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private TcpClient? _client;
        private StreamReader? _reader;
        private StreamWriter? _writer;

        public SmallIrcServer() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        /// <summary>Lets the bot register and join its channel.</summary>
        public async Task UntilJoinedAsync()
        {
            using var bound = new CancellationTokenSource(Bound.Replies);
            _client = await _listener.AcceptTcpClientAsync(bound.Token);
            _reader = new StreamReader(_client.GetStream());
            _writer = new StreamWriter(_client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
            while (await ReadAsync() is var line && !line.StartsWith("JOIN ", StringComparison.Ordinal))
            {
                if (line.StartsWith("CAP LS", StringComparison.Ordinal)) await SayAsync(":s CAP * LS :");
                else if (line.StartsWith("USER ", StringComparison.Ordinal)) await SayAsync(":s 001 bot :Welcome", ":s 376 bot :End");
            }

            await SayAsync(":bot!b@h JOIN #room", ":s 353 bot = #room :bot", ":s 366 bot #room :End");
        }

        public async Task SayAsync(params string[] lines)
        {
            foreach (var line in lines) await _writer!.WriteLineAsync(line);
        }

        /// <summary>Waits for the bot's next message to a nick.</summary>
        public async Task<string> AnswerToAsync(string nick)
        {
            var start = $"PRIVMSG {nick} :";
            while (true)
            {
                var line = await ReadAsync();
                if (line.StartsWith(start, StringComparison.Ordinal)) return line[start.Length..];
            }
        }

        public void Drop() => _client!.Dispose();

        public void Dispose()
        {
            _client?.Dispose();
            _listener.Dispose();
        }

        private async Task<string> ReadAsync()
        {
            using var bound = new CancellationTokenSource(Bound.Replies);
            while (true)
            {
                var line = await _reader!.ReadLineAsync(bound.Token) ?? throw new IOException("The bot has closed the connection.");
                if (!line.StartsWith("PING", StringComparison.Ordinal)) return line;
                await SayAsync($":s PONG s :{line[5..]}");
            }
        }
    }
}
