using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What an adapter in a process of its own comes to when it wants out, and what it can do there like any program.</summary>
public sealed partial class SandboxTests(ITestOutputHelper output)
{
    private const int NotPermitted = 1, AccessDenied = 13, NoSuchCall = 38, FamilyNotSupported = 97;

    [Fact]
    public void The_debugger_port_of_the_gateway_is_shut_before_the_first_worker_starts()
    {
        using var folder = new TempFolder();
        // All that would keep it from the port otherwise is open to it.
        using var gateway = Start(
            folder, "attaches-debugger", worker: new JsonObject { ["unixSockets"] = true, ["readPaths"] = new JsonArray("/tmp", "/proc") });
        Await(gateway, "debugger ports: ");
        Assert.DoesNotContain("connected.", gateway.Said, StringComparison.Ordinal);
        Assert.Empty(
            Directory.GetFiles("/tmp", $"dotnet-diagnostic-{gateway.Id}-*").Concat(Directory.GetFiles("/tmp", $"clr-debug-pipe-{gateway.Id}-*")));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_worker_may_not_make_the_system_calls_that_lead_out()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) Assert.Skip("the numbers of the calls are those of x86-64");
        using var folder = new TempFolder();
        using var gateway = Start(folder, "calls-the-kernel");
        Await(gateway, "calls: all made");
        var errors = CallLine().Matches(gateway.Said)
            .ToDictionary(static line => line.Groups[1].Value, static line => int.Parse(line.Groups[2].Value, null));
        Dictionary<string, int> others = new()
        {
            ["socket-unix"] = AccessDenied,
            ["socketpair"] = AccessDenied,
            ["socket-packet"] = FamilyNotSupported,
            ["socket-vsock"] = FamilyNotSupported,
            ["socket-netlink-audit"] = FamilyNotSupported,
            ["clone3"] = NoSuchCall, ["openat2"] = NoSuchCall,
        };
        Assert.True(errors.Count > 50, gateway.Said);
        Assert.DoesNotContain(errors, call => call.Value != others.GetValueOrDefault(call.Key, NotPermitted));
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_worker_connects_to_no_socket_in_the_file_system_unless_it_is_allowed_to(bool allowed)
    {
        using var folder = new TempFolder();
        using var listener = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        listener.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(folder["agent.sock"]));
        listener.Listen();
        using var gateway = Start(folder, "connects-unix", [folder["agent.sock"]], new JsonObject { ["unixSockets"] = allowed });
        Await(gateway, "unix sockets: all tried");
        Assert.Contains(allowed ? "agent.sock: connected." : "agent.sock: no way in (AccessDenied).", gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_worker_changes_no_modes_unless_it_is_allowed_to_and_sets_no_ids_ever(bool allowed)
    {
        using var folder = new TempFolder();
        using var gateway = Start(folder, "changes-modes", ["gateway.db", "control.key", "adapters"], new JsonObject { ["allowChmod"] = allowed });
        Await(gateway, "modes: all tried");
        var lines = ModeLine().Matches(gateway.Said)
            .Select(static line => (Path: line.Groups[1].Value, Mode: line.Groups[2].Value, By: line.Groups[3].Value)).ToArray();
        Assert.Equal(12, lines.Length);
        Assert.DoesNotContain(lines, static line => line.Mode == "4755"
            && (line.By.Contains("changed", StringComparison.Ordinal) || line.By.Contains("passed over", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.By.Contains("changed", StringComparison.Ordinal) && !allowed);
        Assert.Contains("made with set-id: refused.", gateway.Said, StringComparison.Ordinal);
        var own = Path.Combine(gateway.Data, "adapters", "run.changes-modes", "own");
        Assert.Equal(allowed, File.GetUnixFileMode(own).HasFlag(UnixFileMode.OtherWrite));
        if (!allowed)
        {
            Assert.False(File.GetUnixFileMode(gateway.Data).HasFlag(UnixFileMode.OtherRead));
            Assert.False(File.GetUnixFileMode(Path.Combine(gateway.Data, "gateway.db")).HasFlag(UnixFileMode.OtherRead));
        }

        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_worker_reads_what_programs_need_and_nothing_else_of_its_user()
    {
        using var folder = new TempFolder();
        using var terminal = Terminal.Open();
        string[] closed =
        [
            folder.Write("home/.ssh/id", "key"), folder.Write("other.secret", "s3cret-of-another"), folder.Write("plugins.json~", "{}"),
            folder.Write(".env", "A=B"),
            terminal.Path, "/dev/ptmx", "/dev/tty", Shared(), $"/proc/{Environment.ProcessId}/cmdline", "/etc/shadow",
        ];
        string[] folders = [folder.Path, folder["home"], "/dev/pts", "/dev/shm", "/tmp", "/root", "/home", "/var", "/proc", "/etc"];
        var open = folder.Write("shared/table", "of names");
        try
        {
            var secret =
                new JsonObject { ["id"] = "other", ["plugin"] = "Healthy", ["settings"] = new JsonObject { ["token"] = "${file:other.secret}" } };
            using var gateway = Start(folder, "opens-paths", [.. closed, .. folders, "/usr", "/etc/hosts", open],
                new JsonObject { ["readPaths"] = new JsonArray(folder["shared"]) }, secret);
            Await(gateway, "paths: all tried");
            var seen = PathLine().Matches(gateway.Said).Select(static line => (Path: line.Groups[1].Value, Seen: line.Groups[2].Value)).ToArray();
            foreach (var path in closed.Concat(folders)) Assert.Contains((path, "closed, kept, unlisted"), seen);
            Assert.Contains(("/usr", "closed, kept, listed"), seen);
            Assert.Contains(("/etc/hosts", "read, kept, unlisted"), seen);
            Assert.Contains((open, "read, kept, unlisted"), seen);
            Assert.Equal(0, gateway.Stop());
        }
        finally
        {
            File.Delete(Shared());
        }

        static string Shared()
        {
            var path = $"/dev/shm/gateway-test-{Environment.ProcessId}";
            File.WriteAllText(path, "x");
            return path;
        }
    }

    [Fact]
    public void A_secret_a_configuration_and_the_store_stay_closed_where_the_operator_opens_the_folder_around_them()
    {
        using var folder = new TempFolder();
        string[] closed = [
            folder.Write("secrets/other", "s3cret-of-another"), folder["plugins.json"], folder["data", "gateway.db"], folder["data", "control.key"]];
        var open = folder.Write("secrets/table", "of names");
        var secret =
            new JsonObject { ["id"] = "other", ["plugin"] = "Healthy", ["settings"] = new JsonObject { ["token"] = "${file:secrets/other}" } };
        using var gateway = Start(folder, "opens-paths", [.. closed, open], new JsonObject { ["readPaths"] = new JsonArray(folder.Path) }, secret);
        Await(gateway, "paths: all tried");
        foreach (var path in closed) Assert.Contains($"path {path}: closed, kept, unlisted.", gateway.Said, StringComparison.Ordinal);
        Assert.Contains($"path {open}: read, kept, unlisted.", gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("link", "is a symbolic link")]
    [InlineData("beneath", "is a symbolic link")]
    [InlineData("to-data", "would be open with it")]
    [InlineData("data", "would be open with it")]
    [InlineData("around", "would be open with it")]
    [InlineData("other", "would be open with it")]
    [InlineData("missing", "cannot be opened to it for writing")]
    public void A_folder_to_write_to_that_leads_to_what_is_the_gateways_stops_its_adapter_only(string kind, string says)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["shared"]);
        Directory.CreateDirectory(folder["data", "adapters", "web"]);
        Directory.CreateDirectory(folder["elsewhere", "adapters"]);
        File.CreateSymbolicLink(folder["shared", "link"], folder["elsewhere"]);
        File.CreateSymbolicLink(folder["beneath"], folder["elsewhere"]);
        File.CreateSymbolicLink(folder["shared", "to-data"], folder["data"]);
        var path = kind switch
        {
            "to-data" => folder["shared", "to-data"],
            "link" => folder["shared", "link"],
            "beneath" => folder["beneath", "adapters"],
            "data" => folder["data"],
            "around" => folder.Path,
            "other" => folder["data", "adapters", "web"],
            _ => folder["not-there"],
        };
        using var gateway = Start(folder, "opens-paths", [], new JsonObject { ["writePaths"] = new JsonArray(path) });
        gateway.Await(status => status.Find("run.opens-paths") is { } adapter && adapter.GetProperty("state").GetString() == "parked", Bound.Start);
        Assert.Contains(says, gateway.Said, StringComparison.Ordinal);
        gateway.Await(static status => status.Find("web") is { } web && web.GetProperty("state").GetString() == "connected", Bound.Start);
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>Names of files that came or go through other adapters can be guessed or known.</summary>
    [Fact]
    public void A_worker_opens_no_file_of_another_adapter_by_its_name()
    {
        using var folder = new TempFolder();
        string[] names = ["in-1-0", "in-2-0", new string('a', 64)];
        Directory.CreateDirectory(folder["data", "media"]);
        foreach (var name in names) folder.Write($"data/media/{name}", "what somebody else was sent");
        using var gateway = Start(folder, "opens-paths", [.. names.Select(static name => $"media/{name}"), "media", "outgoing"]);
        Await(gateway, "paths: all tried");
        var lines = PathLine().Matches(gateway.Said).Select(static line => line.Groups[2].Value).ToArray();
        Assert.Equal(names.Length + 2, lines.Length);
        Assert.All(lines, static line => Assert.Equal("closed, kept, unlisted", line));
        Assert.All(names, name => Assert.Equal("what somebody else was sent", File.ReadAllText(folder[$"data/media/{name}"])));
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_worker_can_do_what_adapters_do(bool insists)
    {
        using var folder = new TempFolder();
        using var gateway = Start(folder, "lives-ordinarily", worker: new JsonObject { ["require"] = insists });
        Await(gateway, "ordinary: all done");
        var lines = OrdinaryLine().Matches(gateway.Said).Select(static line => line.Value).ToArray();
        Assert.True(lines.Length >= 19, gateway.Said);
        Assert.DoesNotContain(lines, static line => !line.EndsWith(": ok.", StringComparison.Ordinal));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_worker_that_publishes_without_measure_fills_no_memory_of_the_gateway()
    {
        using var folder = new TempFolder();
        using var gateway = Start(folder, "publishes-much");
        Await(gateway, "published: 800 MB");
        // What waited on the worker's side has been read.
        gateway.Await(static status => status.Find("web") is { } web && web.GetProperty("state").GetString() == "connected", Bound.Start);
        var peak = long.Parse(File.ReadLines($"/proc/{gateway.Id}/status").Single(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) / 1024;
        output.WriteLine($"at most {peak} MB");
        Assert.InRange(peak, 0, 700);
        Assert.Equal(0, gateway.Stop());
    }

    private static GatewayProcess Start(
        TempFolder folder, string sin, IReadOnlyList<string>? paths = null, JsonObject? worker = null, JsonObject? beside = null)
    {
        var sinner = new Sinner(sin, "run").Json;
        sinner["isolation"] = "process";
        sinner["settings"]!["paths"] = new JsonArray(
            [.. (paths ?? []).Select(path => JsonValue.Create(Path.IsPathRooted(path) ? path : folder["data", path]))]);
        if (worker is not null) sinner["worker"] = worker;
        return GatewayProcess.Start(folder,
            Plans.With(beside is null ? [sinner] : [sinner, beside], timeouts: new JsonObject { ["loadSeconds"] = 60, ["connectSeconds"] = 60 }));
    }

    private static void Await(GatewayProcess gateway, string line) =>
        Bound.Until(() => gateway.Said.Contains(line, StringComparison.Ordinal), Bound.Start, () => gateway.Said);

    [GeneratedRegex(@"call ([a-z0-9_-]+): (\d+)\.")]
    private static partial Regex CallLine();

    [GeneratedRegex(@"mode (\S+) (\d+): ([a-z, ]+)\.")]
    private static partial Regex ModeLine();

    [GeneratedRegex(@"path (\S+): ([a-z, ]+)\.")]
    private static partial Regex PathLine();

    [GeneratedRegex("ordinary [a-z ]+: .*")]
    private static partial Regex OrdinaryLine();

    /// <summary>A terminal of this user, in which somebody has just typed a line.</summary>
    private sealed partial class Terminal : IDisposable
    {
        private readonly int _keyboard;

        private Terminal(int keyboard, string path) => (_keyboard, Path) = (keyboard, path);

        public string Path { get; }

        public static unsafe Terminal Open()
        {
            const int readAndWrite = 2, noControl = 0x100;
            var keyboard = posix_openpt(readAndWrite | noControl);
            Assert.True(keyboard >= 0 && grantpt(keyboard) == 0 && unlockpt(keyboard) == 0);
            var name = stackalloc byte[64];
            Assert.Equal(0, ptsname_r(keyboard, name, 64));
            var typed = "password\n"u8;
            fixed (byte* start = typed) Assert.Equal(typed.Length, write(keyboard, start, (nuint)typed.Length));
            return new Terminal(keyboard, Marshal.PtrToStringUTF8((nint)name)!);
        }

        public void Dispose() => _ = close(_keyboard);

        [LibraryImport("libc")]
        private static partial int posix_openpt(int flags);

        [LibraryImport("libc")]
        private static partial int grantpt(int descriptor);

        [LibraryImport("libc")]
        private static partial int unlockpt(int descriptor);

        [LibraryImport("libc")]
        private static unsafe partial int ptsname_r(int descriptor, byte* name, nuint length);

        [LibraryImport("libc")]
        private static unsafe partial nint write(int descriptor, byte* bytes, nuint count);

        [LibraryImport("libc")]
        private static partial int close(int descriptor);
    }
}
