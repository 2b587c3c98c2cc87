using System.Globalization;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Sandbox;

/// <summary>Parts of a sandbox, on the command line of a worker and in its answer: the bits cross in both directions.</summary>
[Flags]
internal enum SandboxOptions
{
    None = 0,

    /// <summary>File rules: to be applied; in the answer: in force.</summary>
    Files = 1,

    /// <summary>Filter of system calls, only in the answer: in force.</summary>
    Calls = 2,

    /// <summary>Sockets in the file system may be used.</summary>
    UnixSockets = 4,

    /// <summary>Modes of files may be changed.</summary>
    Modes = 8,
}

/// <summary>The terms on a command line.</summary>
internal static class SandboxArgument
{
    public static string Text(SandboxOptions options) => ((int)options).ToString(CultureInfo.InvariantCulture);

    public static SandboxOptions Of(string argument) => (SandboxOptions)int.Parse(argument, CultureInfo.InvariantCulture);
}

/// <summary>The sandbox as the process that is to be a worker takes it on, before it starts over: the rules bind the calling thread, and after the
/// start all threads descend from that one.</summary>
internal static unsafe class WorkerSandbox
{
    /// <summary>CAP_DAC_OVERRIDE: root reads and writes files that the rules allow, of any owner. CAP_NET_BIND_SERVICE: a port below 1024.</summary>
    private const ulong KeptCapabilities = (1UL << 1) | (1UL << 10);

    /// <summary>Restricts this process as far as the kernel can. Returns the parts in force, and a sentence about the others.</summary>
    /// <param name="wanted">The parts that the gateway asks for.</param>
    /// <param name="rules">The descriptor of the rules about files.</param>
    public static (SandboxOptions InForce, string? Problem) Restrict(SandboxOptions wanted, int rules)
    {
        var inForce = wanted & ~(SandboxOptions.Files | SandboxOptions.Calls);
        LibCProcess.KeepOnly(KeptCapabilities);
        if (!LibCProcess.GainNothing()) return (inForce, "it has no sandbox: the kernel refuses no_new_privs");
        List<string> problems = [];
        if (wanted.HasFlag(SandboxOptions.Files))
        {
            if (LandlockRules.Restrict(rules)) inForce |= SandboxOptions.Files;
            else problems.Add("its files are not kept apart: the kernel refuses the rules");
        }

        if (SystemCalls.OfProcess is not { } calls)
            problems.Add("its system calls are not filtered: there is no filter for this processor architecture");
        else if (Filter(FilterProgram.Compile(calls, SystemCallFilter.Denied(wanted.HasFlag(SandboxOptions.UnixSockets),
            wanted.HasFlag(SandboxOptions.Modes), LibCProcess.Parent())))) inForce |= SandboxOptions.Calls;
        else problems.Add("its system calls are not filtered: the kernel refuses the filter");
        return (inForce, problems.Count == 0 ? null : string.Join("; ", problems));
    }

    private static bool Filter(FilterProgram.Instruction[] program)
    {
        var code = stackalloc byte[8 * program.Length];
        for (var i = 0; i < program.Length; i++)
        {
            *(ushort*)(code + (8 * i)) = program[i].Code;
            (code[(8 * i) + 2], code[(8 * i) + 3]) = (program[i].IfTrue, program[i].IfFalse);
            *(uint*)(code + (8 * i) + 4) = program[i].Value;
        }

        // struct sock_fprog: a length, padding, a pointer.
        var structure = stackalloc ulong[] { (ulong)program.Length, (ulong)code };
        return LibCProcess.Filter(structure);
    }
}
