using System.Runtime.InteropServices;
using PluginGateway.Loading;

namespace PluginGateway.Isolation.Hosting;

/// <summary>Which files a worker may use: it reads what the user may read except for what is hidden, and writes only to its own. Landlock keeps it so, for the worker and whatever it starts; it also keeps the worker
/// from the memory of other processes, and where the kernel can, from signalling them.</summary>
/// <param name="Hidden">Full paths of what it may not even read.</param>
/// <param name="Readable">What it may read nevertheless.</param>
/// <param name="Openable">Folders in which it may read a file whose name it knows, and see no other.</param>
/// <param name="Writable">What it may read and write.</param>
internal sealed unsafe record WorkerSight(IReadOnlyList<string> Hidden, IReadOnlyList<string> Readable, IReadOnlyList<string> Openable, IReadOnlyList<string> Writable)
{
    private const long CreateRuleset = 444, AddRule = 445, RestrictSelf = 446;
    private const ulong Execute = 1, WriteFile = 1 << 1, ReadFile = 1 << 2, ReadFolder = 1 << 3, Refer = 1 << 13, Truncate = 1 << 14;
    private const ulong Change = WriteFile | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12);
    private const ulong OfFiles = Execute | WriteFile | ReadFile | Truncate;
    private const ulong ScopeAbstractSockets = 1, ScopeSignals = 2;
    private const int FirstWithTruncate = 3, FirstWithScopes = 6;

    /// <summary>What any program needs to write to.</summary>
    private static readonly string[] Devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/shm", "/dev/pts"];

    /// <summary>Nothing is kept from it.</summary>
    public static WorkerSight Everything { get; } = new([], [], [], ["/"]);

    /// <summary>The rules, as a descriptor that whoever takes them on can inherit; or why there are none.</summary>
    public (int Descriptor, string? Problem) Rules()
    {
        var version = Posix.Syscall(CreateRuleset, 0, 0, 1, 0);
        if (version < 2) return (-1, "its files are not kept apart: this kernel has no Landlock, so it can read and write what the gateway's user can");
        var handled = Execute | ReadFile | ReadFolder | Change | Refer | (version >= FirstWithTruncate ? Truncate : 0);
        var attributes = stackalloc ulong[] { handled, 0, version >= FirstWithScopes ? ScopeAbstractSockets | ScopeSignals : 0 };
        var ruleset = (int)Posix.Syscall(CreateRuleset, (long)attributes, version >= FirstWithScopes ? 24 : version >= 4 ? 16 : 8, 0, 0);
        if (ruleset < 0) return (-1, $"its files are not kept apart: Landlock answers {Marshal.GetLastPInvokeErrorMessage()}");
        var hidden = Hidden.Select(RealPath.Of).ToArray();
        AllowAround(ruleset, "/", hidden, Execute | ReadFile | ReadFolder);
        foreach (var path in Readable) Allow(ruleset, RealPath.Of(path), Execute | ReadFile | ReadFolder);
        foreach (var path in Openable) Allow(ruleset, RealPath.Of(path), ReadFile);
        foreach (var path in Writable.Concat(Devices)) Allow(ruleset, RealPath.Of(path), handled);
        return (ruleset, null);
    }

    /// <summary>The calling thread takes the rules on, for good, and with it everything that it starts. Not the other threads of its process.</summary>
    public static bool TakeOn(int rules) => Posix.GainNothing() && Posix.Syscall(RestrictSelf, rules, 0, 0, 0) == 0;

    /// <summary>Everything beneath a folder but what is hidden: the neighbours of each folder that leads there, as they are now.</summary>
    private static void AllowAround(int ruleset, string path, IReadOnlyList<string> hidden, ulong rights)
    {
        if (hidden.Contains(path)) return;
        if (path != "/" && !hidden.Any(each => RealPath.IsInside(each, path)))
        {
            Allow(ruleset, path, rights);
            return;
        }

        try
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(path))
            {
                // What a link leads to counts where it is.
                if (new FileInfo(entry).LinkTarget is null) AllowAround(ruleset, entry, hidden, rights);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // What the gateway cannot list its worker cannot use.
        }
    }

    private static void Allow(int ruleset, string path, ulong rights)
    {
        var descriptor = Posix.OpenPath(path);
        if (descriptor < 0) return;
        if (!Directory.Exists(path)) rights &= OfFiles;
        var rule = stackalloc byte[12];
        *(ulong*)rule = rights;
        *(int*)(rule + 8) = descriptor;
        _ = Posix.Syscall(AddRule, ruleset, 1, (long)rule, 0);
        Posix.Close(descriptor);
    }
}
