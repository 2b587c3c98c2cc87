using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Control;
using PluginGateway.Instance;

namespace PluginGateway.Tests.Control;

public sealed class ControlServerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_question_is_answered_whatever_the_length_of_the_path(bool longPath)
    {
        using var directory = new TemporaryDirectory(longPath);
        using var server = Server(directory);

        var response = ControlClient.Ask(directory.Path, "echo", new Dictionary<string, string> { ["id"] = "web" }, Long);

        Assert.Equal(new ControlResponse(true, "\"web\"", null), response);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DataDirectory.ControlSocket(directory.Path)));
    }

    [Fact]
    public void Refusals_unknown_verbs_failures_and_nonsense_are_answered_with_a_sentence()
    {
        using var directory = new TemporaryDirectory();
        using var server = Server(directory);

        Assert.Equal("not now", Ask(directory, "refuse").Error);
        Assert.Equal("There is no verb 'sing'; there are: echo, fail, large, refuse.", Ask(directory, "sing").Error);
        Assert.Contains("InvalidOperationException: broken", Ask(directory, "fail").Error);
        using var client = Connect(directory);
        Send(directory, client, "nonsense");
        Assert.StartsWith("""{"ok":false,"error":"The request is not understood""", ReadAll(client));
    }

    [Fact]
    public void A_large_answer_arrives_whole()
    {
        using var directory = new TemporaryDirectory();
        using var server = Server(directory);

        Assert.Equal(3_000_002, Ask(directory, "large").Result!.Length);
    }

    [Fact]
    public void Clients_that_say_nothing_or_read_nothing_hold_up_neither_another_nor_the_tick()
    {
        using var directory = new TemporaryDirectory();
        var ticks = 0;
        using var server = Server(directory, () => Interlocked.Increment(ref ticks));
        using var deaf = Connect(directory);
        Send(directory, deaf, """{"verb":"large"}""");
        // Both the room and the queue behind it are full of them, again and again.
        List<Socket> silent = [];
        for (var i = 0; i < 3 * ControlServer.MostClients; i++) silent.Add(Connect(directory));
        // Each alone would have been waited for a second.
        for (var i = 0; i < 20; i++) Assert.Equal("not now", ControlClient.Ask(directory.Path, "refuse", null, ControlClient.Patience).Error);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref ticks) >= 3, Long), $"{ticks} ticks");
        foreach (var client in silent) client.Dispose();
    }

    [Theory]
    [InlineData(200_000, true)]
    [InlineData(3_000_000, true)]
    [InlineData(9_000_000, false)]
    public void A_long_request_is_executed_or_refused_with_a_sentence(int length, bool isExecuted)
    {
        using var directory = new TemporaryDirectory();
        using var server = Server(directory);
        var text = new string('x', length);
        var response = ControlClient.Ask(directory.Path, "echo", new Dictionary<string, string> { ["id"] = text }, Long);
        if (isExecuted) Assert.Equal($"\"{text}\"", response.Result);
        else Assert.True(!response.Answered || response.Error!.Contains("longer than", StringComparison.Ordinal), response.Error);
    }

    [Fact]
    public void Without_the_key_a_long_request_is_refused_early()
    {
        using var directory = new TemporaryDirectory();
        using var server = Server(directory);
        using var client = Connect(directory);
        client.Send(Encoding.UTF8.GetBytes(new string('x', ControlConnection.LongestWithoutKey)));
        Assert.Contains("must begin with the key", ReadAll(client), StringComparison.Ordinal);
    }

    /// <summary>Whoever has given up must not learn later that it was done.</summary>
    [Fact]
    public void What_was_asked_by_a_client_that_is_gone_is_not_executed()
    {
        using var directory = new TemporaryDirectory();
        var done = 0;
        using var held = new ManualResetEvent(false);
        using var entered = new ManualResetEvent(false);
        IControlVerb[] verbs =
        [
            new Verb("hold", _ => { entered.Set(); held.WaitOne(); return ControlReply.Done("1"); }),
            new Verb("count", _ => ControlReply.Done($"{Interlocked.Increment(ref done)}")),
        ];
        using var server = new ControlServer(directory.Path, verbs, () => { }, NullLogger.Instance);
        using var busy = Connect(directory);
        Send(directory, busy, """{"verb":"hold"}""");
        Assert.True(entered.WaitOne(Long));
        using (var gone = Connect(directory)) Send(directory, gone, """{"verb":"count"}""");
        using var half = Connect(directory);
        Send(directory, half, """{"verb":"count"}""");
        half.Shutdown(SocketShutdown.Send);
        held.Set();
        // A stream would not read from a socket that it takes for closed.
        var answer = new byte[100];
        Assert.Equal("""{"ok":true,"result":1}""" + "\n", Encoding.UTF8.GetString(answer, 0, half.Receive(answer)));
    }

    [Fact]
    public void A_process_that_may_not_connect_is_closed_at_once()
    {
        using var directory = new TemporaryDirectory();
        var asked = new System.Collections.Concurrent.ConcurrentQueue<int>();
        using var server = new ControlServer(directory.Path, [], () => { }, NullLogger.Instance, pid => { asked.Enqueue(pid); return false; });
        using var client = Connect(directory);
        Assert.Equal(0, client.Receive(new byte[1]));
        Assert.Equal(Environment.ProcessId, Assert.Single(asked));
    }

    [Fact]
    public void A_client_that_dribbles_does_not_hold_it_longer_than_one_that_is_silent()
    {
        using var directory = new TemporaryDirectory();
        using var server = Server(directory);
        using var dribbler = Connect(directory);
        var dribbling = new Thread(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                dribbler.Send("x"u8, SocketFlags.None, out var error);
                if (error != SocketError.Success) return;
                Thread.Sleep(100);
            }
        });
        dribbling.Start();
        Thread.Sleep(100);

        var start = Stopwatch.GetTimestamp();
        Assert.True(ControlClient.Ask(directory.Path, "refuse", null, Long).Answered);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
        dribbling.Join();
    }

    [Fact]
    public void A_tick_that_throws_is_not_the_last()
    {
        using var directory = new TemporaryDirectory();
        var ticks = 0;
        using var server = Server(directory, () =>
        {
            Interlocked.Increment(ref ticks);
            throw new InvalidOperationException("broken");
        });

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref ticks) >= 3, Long));
        Assert.True(Ask(directory, "refuse").Answered);
    }

    [Theory]
    [InlineData("{\"verb\":\"stop\"}")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000 {\"verb\":\"stop\"}")]
    [InlineData("KEY{\"verb\":\"stop\"}")]
    [InlineData("KEY")]
    [InlineData("")]
    public void Without_the_key_nothing_is_done_and_a_sentence_says_why(string line)
    {
        using var directory = new TemporaryDirectory();
        var done = 0;
        using var server = new ControlServer(directory.Path, [new Verb("stop", _ => ControlReply.Done($"{++done}"))], () => { }, NullLogger.Instance);
        using var client = Connect(directory);

        client.Send(
            Encoding.UTF8.GetBytes(line.Replace("KEY", File.ReadAllText(DataDirectory.ControlKey(directory.Path)), StringComparison.Ordinal) + "\n"));

        Assert.Equal($$"""{"ok":false,"error":"A control request must begin with the key in \u0027{{DataDirectory.ControlKey(directory.Path)}}\u0027, which is made anew at each start; this one has none or another. Ask with \u0027plugin-gateway VERB --data DIR\u0027 as the user the gateway runs as."}""" + "\n", ReadAll(client));
        Assert.Equal(0, done);
        Assert.Equal("1", ControlClient.Ask(directory.Path, "stop", null, Long).Result);
    }

    [Fact]
    public void Each_server_has_a_key_of_its_own_that_only_its_user_can_read()
    {
        using var directory = new TemporaryDirectory();
        Server(directory).Dispose();
        var first = File.ReadAllText(DataDirectory.ControlKey(directory.Path));
        File.SetUnixFileMode(DataDirectory.ControlKey(directory.Path), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        using var server = Server(directory);
        var second = File.ReadAllText(DataDirectory.ControlKey(directory.Path));

        Assert.Matches("^[0-9a-f]{64}$", first);
        Assert.Matches("^[0-9a-f]{64}$", second);
        Assert.NotEqual(first, second);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DataDirectory.ControlKey(directory.Path)));
        Assert.True(Ask(directory, "refuse").Answered);
    }

    [Fact]
    public void Refusals_are_logged_once_a_minute_at_most()
    {
        using var directory = new TemporaryDirectory();
        var log = new Lines();
        using var server = new ControlServer(directory.Path, [], () => { }, log);
        for (var i = 0; i < 5; i++)
        {
            using var client = Connect(directory);
            client.Send("{\"verb\":\"status\"}\n"u8);
            Assert.Contains("must begin with the key", ReadAll(client));
        }

        Assert.StartsWith("Control requests without the key of this gateway: 1 refused.", Assert.Single(log.Texts));
    }

    [Fact]
    public void What_a_dead_predecessor_left_is_replaced()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(DataDirectory.ControlSocket(directory.Path), "left behind");
        File.WriteAllText(DataDirectory.ControlKey(directory.Path), "left behind");
        File.WriteAllText(DataDirectory.ControlKey(directory.Path) + ".new", "half of it");
        using var server = Server(directory);

        Assert.True(Ask(directory, "refuse").Answered);
    }

    [Fact]
    public void Nobody_there_is_no_answer_at_once()
    {
        using var directory = new TemporaryDirectory();

        var response = ControlClient.Ask(directory.Path, "status", null, Long);

        Assert.Equal(new ControlResponse(false, null, "there is no such socket"), response);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_process_that_no_longer_answers_is_given_up_in_time(bool queueIsFull)
    {
        using var directory = new TemporaryDirectory();
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint(DataDirectory.ControlSocket(directory.Path)));
        deaf.Listen(1);
        using var first = queueIsFull ? Connect(directory) : null;
        using var second = queueIsFull ? Connect(directory) : null;

        var start = Stopwatch.GetTimestamp();
        Assert.Equal(new ControlResponse(false, null, "no answer within 0.5 s"),
            ControlClient.Ask(directory.Path, "status", null, TimeSpan.FromMilliseconds(500)));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.4, 5);
    }

    [Fact]
    public void Disposing_ends_the_thread_and_removes_the_socket()
    {
        using var directory = new TemporaryDirectory(longName: true);
        Server(directory).Dispose();

        Assert.False(File.Exists(DataDirectory.ControlSocket(directory.Path)));
    }

    private static ControlServer Server(TemporaryDirectory directory, Action? tick = null) => new(
        directory.Path,
        [
            new Verb("echo", request => ControlReply.Done($"\"{request["id"]}\"")),
            new Verb("refuse", _ => ControlReply.Refused("not now")),
            new Verb("fail", _ => throw new InvalidOperationException("broken")),
            new Verb("large", _ => ControlReply.Done($"\"{new string('x', 3_000_000)}\"")),
        ],
        tick ?? (() => { }),
        NullLogger.Instance);

    private static ControlResponse Ask(TemporaryDirectory directory, string verb) => ControlClient.Ask(directory.Path, verb, null, Long);

    private static Socket Connect(TemporaryDirectory directory)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(DataDirectory.ControlSocket(directory.Path)));
        return socket;
    }

    private static void Send(TemporaryDirectory directory, Socket client, string request) =>
        client.Send(Encoding.UTF8.GetBytes($"{File.ReadAllText(DataDirectory.ControlKey(directory.Path))} {request}\n"));

    private static string ReadAll(Socket socket)
    {
        using var reader = new StreamReader(new NetworkStream(socket));
        return reader.ReadToEnd();
    }

    private sealed class Lines : ILogger
    {
        public List<string> Texts { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Texts.Add(formatter(state, exception));
    }

    private sealed class Verb(string name, Func<ControlRequest, ControlReply> execute) : IControlVerb
    {
        public string Name => name;

        public ControlReply Execute(ControlRequest request) => execute(request);
    }
}
