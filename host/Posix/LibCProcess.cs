using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>System calls about processes: this one, its children and their groups.</summary>
internal static unsafe partial class LibCProcess
{
    public const int Terminate = 15, Kill = 9;

    private const int ByGroup = 1;
    private const int ByPid = 1, Exited = 4, LeaveIt = 0x01000000, DoNotHang = 1;
    private const long PidfdOpen = 434;
    private const int ParentDeathSignal = 1, Dumpable = 4, NoNewPrivileges = 38, SetFilterMode = 22, HasCapability = 23, DropCapability = 24;
    private const int FilterMode = 1, FilterMode2 = 2, AllThreads = 1, HasAction = 2;

    private static readonly long SecureComputing = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 277 : 317;

    /// <summary>Ends this process at once: does not return.</summary>
    public static void Exit(int code) => _exit(code);

    /// <summary>Has the kernel end this process after this time; zero cancels that.</summary>
    public static void Alarm(uint seconds) => _ = alarm(seconds);

    /// <summary>Sends one process a signal. False: it does not exist, or belongs to another user.</summary>
    public static bool Signal(int pid, int signal) => kill(pid, signal) == 0;

    /// <summary>Returns a descriptor that becomes readable when the process has ended; -1: this kernel has none.</summary>
    public static int OpenProcess(int pid) => (int)LibC.Syscall(PidfdOpen, pid);

    /// <summary>Kills a group of processes. The signal cannot be caught.</summary>
    public static void KillGroup(int group) => _ = kill(-group, Kill);

    /// <summary>Returns true if this child has ended. The child is not reaped, so its number is not used again.</summary>
    public static bool HasEnded(int pid)
    {
        var info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        return waitid(ByPid, pid, info, Exited | LeaveIt | DoNotHang) != 0 || ((int*)info)[0] != 0;
    }

    /// <summary>Reaps a child of this process, waiting for its end; null: it was reaped elsewhere.</summary>
    public static int? Reap(int pid)
    {
        while (true)
        {
            if (waitpid(pid, out var status, 0) == pid) return status;
            if (Marshal.GetLastPInvokeError() != Errno.Interrupted) return null;
        }
    }

    /// <summary>Reaps a child that has ended, without waiting.</summary>
    public static void ReapNow(int pid) => _ = waitpid(pid, out _, DoNotHang);

    /// <summary>Has the kernel end this process when the thread that started it ends.</summary>
    public static void DieWithParent() => _ = prctl(ParentDeathSignal, Kill, 0, 0, 0);

    /// <summary>Closes this process's memory to other processes of the same user, and prevents core dumps, which would hold its secrets.</summary>
    public static void HideMemory() => _ = prctl(Dumpable, 0, 0, 0, 0);

    /// <summary>Keeps this thread, and those it starts, from gaining rights by running a program.</summary>
    public static bool GainNothing() => prctl(NoNewPrivileges, 1, 0, 0, 0) == 0;

    /// <summary>Drops capabilities that neither this process nor its children can have again once it has started over: all but those in the mask.
    /// Only root has any to lose.</summary>
    public static void KeepOnly(ulong capabilities)
    {
        for (var each = 0; prctl(HasCapability, (nuint)each, 0, 0, 0) >= 0; each++)
        {
            if ((capabilities & (1UL << each)) == 0) _ = prctl(DropCapability, (nuint)each, 0, 0, 0);
        }
    }

    /// <summary>Sets a filter for the system calls of every thread of this process, and of the processes that they start. False: see the
    /// error.</summary>
    /// <param name="program">struct sock_fprog.</param>
    public static bool Filter(void* program) =>
        LibC.Syscall(SecureComputing, FilterMode, AllThreads, (long)program) == 0 || prctl(SetFilterMode, FilterMode2, (nuint)program, 0, 0) == 0;

    /// <summary>True when the kernel supports filters of system calls.</summary>
    public static bool CanFilter
    {
        get
        {
            var failWith = 0x00050000;
            return LibC.Syscall(SecureComputing, HasAction, 0, (long)&failWith) == 0;
        }
    }

    /// <summary>Lowers the priority of every thread of this process's group, and of the processes that they start.</summary>
    public static void GiveWay(int niceness) => _ = setpriority(ByGroup, 0, niceness);

    /// <summary>Sets a limit that neither this process nor its children can exceed or raise again.</summary>
    public static void Limit(ProcessLimit limit, long most)
    {
        var had = stackalloc ulong[2];
        var both = stackalloc ulong[2];
        if (getrlimit((int)limit, had) != 0) return;
        both[0] = both[1] = Math.Min((ulong)most, had[1]);
        _ = setrlimit((int)limit, both);
    }

    /// <summary>Runs another program in this process, with the same environment. Returns only if that fails.</summary>
    public static void StartOver(string path, IReadOnlyList<string> arguments)
    {
        var argv = stackalloc byte*[arguments.Count + 1];
        for (var i = 0; i < arguments.Count; i++) argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        argv[arguments.Count] = null;
        execv(path, argv);
    }

    /// <summary>Returns the process that started this one, and its process group.</summary>
    public static (int Process, int Group) Parent()
    {
        var parent = getppid();
        return (parent, getpgid(parent));
    }

    /// <summary>Kills this process's own group, this process included: does not return.</summary>
    public static void KillOwnGroup() => _ = kill(0, Kill);

    /// <summary>Gives back memory that the C library keeps for its next allocations. Only glibc keeps any.</summary>
    public static void GiveBackFreed()
    {
        try
        {
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl, macOS.
        }
    }

    [LibraryImport("libc")]
    private static partial void _exit(int code);

    [LibraryImport("libc")]
    private static partial uint alarm(uint seconds);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int getppid();

    [LibraryImport("libc")]
    private static partial int getpgid(int pid);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitid(int type, int id, byte* info, int options);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, out int status, int options);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc")]
    private static partial int setpriority(int which, int who, int niceness);

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ulong* limits);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ulong* limits);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint keep);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void execv(string path, byte** arguments);
}

/// <summary>Resource limits of a process. The numbers are Linux's.</summary>
internal enum ProcessLimit
{
    /// <summary>Private writable memory, in bytes.</summary>
    Data = 2,

    /// <summary>The size of a core dump.</summary>
    CoreDump = 4,

    /// <summary>Open descriptors.</summary>
    OpenFiles = 7,
}
