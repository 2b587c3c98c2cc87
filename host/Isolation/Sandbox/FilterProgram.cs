namespace PluginGateway.Isolation.Sandbox;

/// <summary>Compares one argument of a system call; only its lower 32 bits, which is all that the kernel looks at in the arguments that are
/// compared here.</summary>
/// <param name="Argument">0 to 5.</param>
/// <param name="Test">How.</param>
/// <param name="Value">With what.</param>
internal readonly record struct ArgumentTest(int Argument, ArgumentTestKind Test, uint Value);

internal enum ArgumentTestKind
{
    Equal,
    NotEqual,

    /// <summary>At least one of the value's bits is set.</summary>
    AnyBit,
}

/// <summary>A system call that does nothing.</summary>
/// <param name="Call">Its name.</param>
/// <param name="Error">The error number with which the call fails; 0: it seems to have succeeded.</param>
/// <param name="Tests">Only where all of them hold.</param>
internal sealed record DeniedCall(string Call, int Error, params ArgumentTest[] Tests);

/// <summary>Writes the program (classic BPF) that the kernel runs at each system call. Every call that is not denied is allowed; a call of another
/// architecture, which would have other numbers, ends the process.</summary>
internal static class FilterProgram
{
    public const uint Allow = 0x7FFF0000, KillProcess = 0x80000000, FailWith = 0x00050000;

    // Offsets in struct seccomp_data.
    private const uint Number = 0, Architecture = 4, Arguments = 16;

    private const ushort Load = 0x20, JumpIfEqual = 0x15, JumpIfAtLeast = 0x35, JumpIfAnyBit = 0x45, Return = 0x06;
    private const int NoSuchCall = 38;

    /// <summary>Instruction: struct sock_filter.</summary>
    public readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    public static Instruction[] Compile(SystemCalls calls, IEnumerable<DeniedCall> denied)
    {
        List<Instruction> program =
        [
            new(Load, 0, 0, Architecture),
            new(JumpIfEqual, 1, 0, calls.AuditArchitecture),
            new(Return, 0, 0, KillProcess),
            new(Load, 0, 0, Number),
        ];
        if (calls.FirstForeign is { } foreign)
        {
            program.Add(new(JumpIfAtLeast, 0, 1, foreign));
            program.Add(new(Return, 0, 0, FailWith | NoSuchCall));
        }

        foreach (var call in denied)
        {
            if (calls.Numbers.TryGetValue(call.Call, out var number)) Deny(program, number, call);
        }

        program.Add(new(Return, 0, 0, Allow));
        return [.. program];
    }

    /// <summary>Adds the instructions for one denied call. The accumulator holds the number of the call before and after.</summary>
    private static void Deny(List<Instruction> program, uint number, DeniedCall call)
    {
        var tests = call.Tests.Length;
        // The jump skips two instructions a test, the return and, where tests have replaced the number, its reload.
        program.Add(new(JumpIfEqual, 0, (byte)((2 * tests) + (tests > 0 ? 2 : 1)), number));
        for (var i = 0; i < tests; i++)
        {
            var test = call.Tests[i];
            var toReload = (byte)((2 * (tests - i - 1)) + 1);
            program.Add(new(Load, 0, 0, Arguments + (8 * (uint)test.Argument)));
            program.Add(test.Test switch
            {
                ArgumentTestKind.NotEqual => new(JumpIfEqual, toReload, 0, test.Value),
                ArgumentTestKind.AnyBit => new(JumpIfAnyBit, 0, toReload, test.Value),
                _ => new(JumpIfEqual, 0, toReload, test.Value),
            });
        }

        program.Add(new(Return, 0, 0, FailWith | (uint)call.Error));
        if (tests > 0) program.Add(new(Load, 0, 0, Number));
    }
}
