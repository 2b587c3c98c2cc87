using PluginGateway.Isolation.Sandbox;

namespace PluginGateway.Tests.Isolation.Sandbox;

/// <summary>What the kernel would do with the program, by a small interpreter: for the architecture that these tests do not run on too.</summary>
public sealed class FilterProgramTests
{
    private const long Allowed = -1, Killed = -2;
    private const int CreateFlag = 0x40, SetUser = 0x800;

    public static TheoryData<string> Architectures => ["x64", "arm64"];

    [Theory, MemberData(nameof(Architectures))]
    public void A_call_without_terms_is_denied_whatever_its_arguments(string architecture)
    {
        foreach (var call in (string[])["unshare", "setns", "ptrace", "bpf", "keyctl", "io_uring_setup", "userfaultfd", "perf_event_open",
            "process_vm_readv", "shmget", "mount", "tkill", "mknodat", "fchownat", "setxattr"])
            Assert.Equal(1, Run(architecture, call));
        Assert.Equal(38, Run(architecture, "clone3"));
        Assert.Equal(38, Run(architecture, "openat2"));
    }

    [Theory, MemberData(nameof(Architectures))]
    public void Terms_about_arguments_decide(string architecture)
    {
        Assert.Equal(13, Run(architecture, "socket", 1, 1));
        Assert.Equal(Allowed, Run(architecture, "socket", 2, 1));
        Assert.Equal(Allowed, Run(architecture, "socket", 10, 1));
        Assert.Equal(Allowed, Run(architecture, "socket", 16, 3, 0));
        Assert.Equal(97, Run(architecture, "socket", 16, 3, 9));
        Assert.Equal(97, Run(architecture, "socket", 17, 3));
        Assert.Equal(97, Run(architecture, "socket", 40, 1));
        Assert.Equal(Allowed, Run(architecture, "openat", 0, 0, CreateFlag, 0x1B6));
        Assert.Equal(1, Run(architecture, "openat", 0, 0, CreateFlag, SetUser));
        Assert.Equal(Allowed, Run(architecture, "openat", 0, 0, 0, SetUser));
        Assert.Equal(Allowed, Run(architecture, "clone", 0x3D0F00));
        Assert.Equal(1, Run(architecture, "clone", 0x10000000));
        Assert.Equal(Allowed, Run(architecture, "prlimit64", 0));
        Assert.Equal(1, Run(architecture, "prlimit64", 4711));
        Assert.Equal(1, Run(architecture, "kill", 4711, 9));
        Assert.Equal(1, Run(architecture, "kill", -4710, 9));
        Assert.Equal(1, Run(architecture, "kill", -1, 9));
        Assert.Equal(Allowed, Run(architecture, "kill", 0, 9));
        Assert.Equal(Allowed, Run(architecture, "kill", 5000, 9));
        Assert.Equal(1, Run(architecture, "fcntl", 5, 8, 4711));
        Assert.Equal(1, Run(architecture, "fcntl", 5, 15, 0));
        Assert.Equal(Allowed, Run(architecture, "fcntl", 5, 4, 0x800));
        Assert.Equal(1, Run(architecture, "ioctl", 5, 0x8901));
        Assert.Equal(1, Run(architecture, "ioctl", 5, 0x8902));
        Assert.Equal(1, Run(architecture, "ioctl", 0, 0x5412));
        Assert.Equal(Allowed, Run(architecture, "ioctl", 0, 0x5401));
    }

    [Theory, MemberData(nameof(Architectures))]
    public void A_mode_by_descriptor_changes_nothing_and_the_others_are_refused_until_they_are_allowed_and_set_ids_always(string architecture)
    {
        Assert.Equal(0, Run(architecture, "fchmod", 5, 0x1FF));
        Assert.Equal(1, Run(architecture, "fchmod", 5, SetUser | 0x1ED));
        Assert.Equal(1, Run(architecture, "fchmodat", 5, 0, 0x1FF));
        Assert.Equal(Allowed, Run(architecture, "fchmod", [5, 0x1FF], allowChmod: true));
        Assert.Equal(Allowed, Run(architecture, "fchmodat", [5, 0, 0x1FF], allowChmod: true));
        Assert.Equal(1, Run(architecture, "fchmodat2", [5, 0, SetUser], allowChmod: true));
        Assert.Equal(1, Run(architecture, "fchownat", [5, 0, 0], allowChmod: true));
    }

    [Theory, MemberData(nameof(Architectures))]
    public void Unix_sockets_are_there_when_they_are_allowed(string architecture)
    {
        Assert.Equal(13, Run(architecture, "socketpair", 1, 2));
        Assert.Equal(Allowed, Run(architecture, "socket", [1, 1], unixSockets: true));
        Assert.Equal(Allowed, Run(architecture, "socketpair", [1, 2], unixSockets: true));
        Assert.Equal(97, Run(architecture, "socket", [17, 3], unixSockets: true));
    }

    [Theory, MemberData(nameof(Architectures))]
    public void A_worker_may_end_its_own_group_also_where_that_of_the_gateway_has_no_number(string architecture)
    {
        Assert.Equal(Allowed, Run(architecture, "kill", 0, 9));
        Assert.Equal(Allowed, Run(architecture, "kill", [0, 9], gateway: (1, 0)));
        Assert.Equal(1, Run(architecture, "kill", [1, 9], gateway: (1, 0)));
    }

    [Fact]
    public void Calls_by_another_set_of_numbers_do_not_get_round_it()
    {
        var program = FilterProgram.Compile(SystemCalls.X64, SystemCallFilter.Denied(false, false, (4711, 4710)));
        Assert.Equal(Killed, Interpret(program, 0x40000003, 41, [1, 1]));
        Assert.Equal(38, Interpret(program, SystemCalls.X64.AuditArchitecture, 0x40000000 + 41, [1, 1]));
        Assert.Equal(Allowed, Interpret(program, SystemCalls.X64.AuditArchitecture, 0, []));
        Assert.InRange(program.Length, 50, 4096);
    }

    private static long Run(string architecture, string call, params long[] arguments) => Run(architecture, call, arguments, unixSockets: false);

    private static long Run(
        string architecture, string call, long[] arguments, bool unixSockets = false, bool allowChmod = false,
        (int Process, int Group)? gateway = null)
    {
        var calls = architecture == "x64" ? SystemCalls.X64 : SystemCalls.Arm64;
        return Interpret(FilterProgram.Compile(calls, SystemCallFilter.Denied(unixSockets, allowChmod, gateway ?? (4711, 4710))),
            calls.AuditArchitecture, calls.Numbers[call], arguments);
    }

    private static long Interpret(FilterProgram.Instruction[] program, uint architecture, uint number, long[] arguments)
    {
        uint accumulator = 0;
        for (var at = 0; ; at++)
        {
            var (code, ifTrue, ifFalse, value) = program[at];
            switch (code)
            {
                case 0x20:
                    accumulator =
                        value switch { 0 => number, 4 => architecture, _ => unchecked((uint)arguments.ElementAtOrDefault((int)(value - 16) / 8)) };
                    break;
                case 0x06:
                    return value == FilterProgram.Allow ? Allowed : value == FilterProgram.KillProcess ? Killed : value & 0xFFFF;
                default:
                    var holds = code switch
                    {
                        0x15 => accumulator == value,
                        0x35 => accumulator >= value,
                        0x45 => (accumulator & value) != 0,
                        _ => throw new InvalidOperationException($"{code:X}")
                    };
                    at += holds ? ifTrue : ifFalse;
                    break;
            }
        }
    }
}
