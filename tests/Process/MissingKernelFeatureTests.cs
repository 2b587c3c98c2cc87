using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Kernels that lack what the sandbox is made of, and systems that give no more threads: the gateway runs beneath a filter that answers "no
/// such system call", or under a limit.</summary>
public sealed class MissingKernelFeatureTests
{
    /// <summary>A filter that says ENOSYS to one system call, then the command.</summary>
    private const string Without = """
        import ctypes, os, struct, sys
        number = int(sys.argv[1])
        code = b''.join(struct.pack('HBBI', *line) for line in [(0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x00050026), (6, 0, 0, 0x7fff0000)])
        room = ctypes.create_string_buffer(code)
        program = struct.pack('HxxxxxxQ', 4, ctypes.addressof(room))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0): sys.exit('no filter: %d' % ctypes.get_errno())
        os.execv(sys.argv[2], sys.argv[2:])
        """;

    private const int CreateRuleset = 444, SecureComputing = 317;

    [Theory]
    [InlineData(CreateRuleset, "this kernel has no Landlock")]
    [InlineData(SecureComputing, "this kernel filters no system calls (seccomp)")]
    public void An_adapter_that_requires_its_sandbox_is_parked_and_the_others_run(int missing, string says)
    {
        if (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64)
            Assert.Skip("The numbers are those of x86-64.");
        using var folder = new TempFolder();
        var (strict, lax) = (new Sinner("culture", "run").Json, new Sinner("umask", "run").Json);
        foreach (var adapter in new[] { strict, lax }) adapter["isolation"] = "process";
        strict["worker"] = new JsonObject { ["require"] = true };
        using var gateway = GatewayProcess.StartBehind(
            folder, [Python.Find(), "-c", Without, $"{missing}"],
            Plans.With([strict, lax], timeouts: new JsonObject { ["loadSeconds"] = 60, ["connectSeconds"] = 60 }));
        gateway.Await(static status => State(status, "run.culture") == "parked" && State(status, "run.umask") == "connected"
            && State(status, "web") == "connected", Bound.Start * 2);
        var parked = gateway.Adapter("run.culture").ToString();
        Assert.Contains("worker.require insists on its sandbox", parked, StringComparison.Ordinal);
        Assert.Contains(says, parked, StringComparison.Ordinal);
        Assert.DoesNotContain("begins culture", gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    private static string? State(Status status, string id) => status.Find(id) is { } adapter ? adapter.GetProperty("state").GetString() : null;
}
