using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

public sealed partial class ReadmeTests
{
    private const string Run = "dotnet run --project host";
    private const int DefaultPort = 8780;
    private static readonly string[] Verbs = ["check", "status", "stop", "restart", "adapter", "plugins", "inspect"];

    [Fact]
    public void The_readme_fits_into_250_lines_and_names_no_file_that_is_not_there()
    {
        Assert.InRange(Readme.Lines.Count, 50, 250);
        var links = Readme.Lines.SelectMany(l => Link().Matches(l)).Select(m => m.Groups[1].Value)
            .Where(l => !l.StartsWith("http", StringComparison.Ordinal) && !l.StartsWith('#')).ToArray();
        Assert.NotEmpty(links);
        Assert.All(links, l => Assert.True(Path.Exists(Path.Combine(Repository.Root, l)), $"README.md links to '{l}', which does not exist"));
    }

    [Fact]
    public void The_adapter_in_30_lines_has_at_most_30()
    {
        var adapter = Assert.Single(Readme.Blocks, b => b.Language == "csharp");
        Assert.InRange(adapter.Lines.Count(l => l.Trim().Length > 0), 20, 30);
    }

    /// <summary>Facts of platforms that an operator has to know, each of which was once missing or wrong.</summary>
    [Theory]
    [InlineData("Telegram", "remove the bot from each group and add it again")] // only then Telegram applies the change of its privacy mode
    [InlineData("Telegram", "Ogg with Opus goes as voice")]
    [InlineData("Telegram", "An administrator who writes anonymously has the id of the group")]
    [InlineData("Telegram", "20 a minute in a group")]
    [InlineData("Telegram", "serves no files over HTTP")]
    [InlineData("Feishu", "saves the choice of the next step only while an app is connected")]
    [InlineData("Feishu", "`im:message:update` for edits, `im:message:recall` for recalls")]
    [InlineData("Feishu", "`contact:user.base:readonly` for the names of people")]
    [InlineData("Feishu", "the reaction `Typing`")]
    [InlineData("Feishu", "a thread is named by its id (`omt_...`)")]
    [InlineData("Irc", "`draft/chathistory`")]
    [InlineData("Irc", "a nick alone, which anyone can take, admits no user there")]
    [InlineData("Irc", "is discarded: it is old")]
    [InlineData("Irc", "A channel that is not in the list, also one that a channel forwards to, is left again")]
    [InlineData("Webhook", "any 2xx")]
    public void The_readme_of_an_adapter_says_what_is_so(string plugin, string words)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "plugins", plugin, "README.md"));
        var readme = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(words, readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_test_that_proves_a_promise_exists()
    {
        var promises = File.ReadLines(Path.Combine(Repository.Root, "tests", "README.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1).ToArray();
        var named = promises.Select(p => TestName().Matches(p).Select(m => m.Groups[1].Value).ToArray()).ToArray();
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText).ToArray();

        Assert.InRange(promises.Length, 10, 100);
        for (var i = 0; i < promises.Length; i++) Assert.True(named[i].Length > 0, $"a promise without a test: {promises[i]}");
        Assert.All(
            named.SelectMany(n => n), n => Assert.True(sources.Any(s => s.Contains($" {n}(", StringComparison.Ordinal)), $"there is no test '{n}'"));
    }

    /// <summary>Writes the files it shows, runs the commands it names, in its order. The first one builds everything: seconds when the machine is
    /// idle, minutes when it is not.</summary>
    [Fact]
    public void Every_command_of_the_readme_works_in_a_fresh_copy()
    {
        using var folder = new TempFolder();
        var copy = folder["clone"];
        Repository.CopyTo(copy);
        foreach (var file in Readme.Blocks.Where(b => b.File is not null))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, file.File!))!);
            File.WriteAllLines(Path.Combine(copy, file.File!), file.Lines);
        }

        var commands = Readme.Blocks.Where(b => b.Language == "sh").SelectMany(b => b.Lines).Where(l => l.Length > 0 && l[0] != '#').ToArray();
        Assert.True(commands.Length >= 8 && commands[0] == Run, string.Join('\n', commands));
        var port = IsFree(DefaultPort) ? DefaultPort : FreePort.Next();
        var running = new List<ChildProcess>();
        try
        {
            foreach (var command in commands)
            {
                if (IsGateway(command)) running.Add(StartGateway(copy, command, port));
                else if (command == "bash tests/run") Assert.True(File.Exists(Path.Combine(copy, "tests/run")));
                else if (command.StartsWith("curl -sN ", StringComparison.Ordinal))
                    FollowStream(copy, OnPort(command, port), expected: "\"text\":\"Hello\"");
                else RunToEnd(copy, OnPort(command, port));
            }

            Assert.All(running, r => Assert.Equal(0, r.WaitForExit(Bound.Stop)));
            Assert.Contains("Hello from a file", File.ReadAllText(Assert.Single(Directory.GetFiles(Path.Combine(copy, "my/drop"), "hello.*.reply"))),
                StringComparison.Ordinal);
        }
        finally
        {
            foreach (var gateway in running) gateway.Dispose();
        }
    }

    private static bool IsGateway(string command) => command.StartsWith(Run, StringComparison.Ordinal) && !command.Split(' ').Any(Verbs.Contains);

    /// <summary>The commands as written use the default port; where it is taken, another.</summary>
    private static string OnPort(string command, int port) => command.Replace($":{DefaultPort}/", $":{port}/", StringComparison.Ordinal);

    private static ChildProcess StartGateway(string copy, string command, int port)
    {
        if (port != DefaultPort) command += (command.Contains(" -- ", StringComparison.Ordinal) ? "" : " --") + $" --http http://127.0.0.1:{port}";
        var process = Shell(copy, command);
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            Bound.Until(() => process.HasExited ? throw new InvalidOperationException($"'{command}' ended:\n{process.Said}") : IsReady(http, port),
                TimeSpan.FromMinutes(5), () => $"'{command}' is not ready:\n{process.Said}");
        }
        catch
        {
            process.Dispose();
            throw;
        }

        return process;
    }

    private static bool IsReady(HttpClient http, int port)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/readyz");
            using var response = http.Send(request);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static void RunToEnd(string copy, string command)
    {
        using var process = Shell(copy, command);
        var code = process.WaitForExit(TimeSpan.FromMinutes(5));
        Assert.True(code == 0, $"'{command}' ended with {code}:\n{process.Said}");
    }

    private static void FollowStream(string copy, string command, string expected)
    {
        using var process = Shell(copy, command);
        Bound.Until(() => process.Said.Contains(expected, StringComparison.Ordinal), Bound.Replies,
            () => $"'{command}' does not show {expected}:\n{process.Said}");
    }

    private static ChildProcess Shell(string copy, string command)
    {
        var dotnet = Path.GetDirectoryName(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH"));
        var path = Environment.GetEnvironmentVariable("PATH");
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = dotnet is null ? path! : $"{dotnet}:{path}",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["DROP_FOLDER"] = "drop",
            // These sources have been analyzed when this test was built.
            ["RunAnalyzers"] = "false",
        };
        return ChildProcess.Start("bash", ["-c", command], copy, environment);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}
