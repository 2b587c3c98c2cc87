namespace PluginGateway.Isolation.Sandbox;

/// <summary>System calls denied to a worker and to every process that it starts: those that Landlock does not cover, those that reach other processes
/// of the same user, and rarely used parts of the kernel. A filter sees numbers only, so a call that names a file is denied for every file or for
/// none.</summary>
internal static class SystemCallFilter
{
    private const int NotPermitted = 1, AccessDenied = 13, NoSuchCall = 38, FamilyNotSupported = 97;
    private const uint Unix = 1, Internet = 2, Internet6 = 10, Netlink = 16;
    private const uint SetIds = 0xC00;

    /// <summary>CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.</summary>
    private const uint NewNamespaces = 0x7E020000;

    /// <summary>O_CREAT, and O_TMPFILE without O_DIRECTORY.</summary>
    private const uint Creates = 0x40 | 0x400000;

    private const uint PushInput = 0x5412, ConsoleControl = 0x541C;
    private const uint OfUser = 2, IoOfUser = 3;
    private const uint SetOwner = 8, SetOwnerEx = 15, SetSocketOwner = 0x8901, SetSocketGroup = 0x8902;

    /// <summary>Calls that one worker is denied. The most frequent come first.</summary>
    /// <param name="unixSockets">True: sockets in the file system are allowed.</param>
    /// <param name="allowChmod">True: changes of files' modes are allowed.</param>
    /// <param name="gateway">The gateway's process and its group of processes, which it may not signal. Landlock scopes signals as well, but not
    /// before Linux 6.12. Where the group is of another namespace the kernel says 0, and no process here can name it.</param>
    public static IReadOnlyList<DeniedCall> Denied(bool unixSockets, bool allowChmod, (int Process, int Group) gateway) =>
    [
        .. SetIdFiles,
        .. Terminals,
        .. Namespaces,
        .. Sockets(unixSockets),
        .. Modes(allowChmod),
        .. OtherProcesses,
        .. Signals(gateway.Process, gateway.Group),
        .. SharedMemory,
        .. Mounts,
        .. KernelSurface,
        .. Machine,
    ];

    /// <summary>Set-user-ID files, which run as the gateway's user. openat2 has its mode in memory, which a filter cannot read: a program that tries
    /// it falls back to openat.</summary>
    private static DeniedCall[] SetIdFiles =>
    [
        new("openat", NotPermitted, new(2, ArgumentTestKind.AnyBit, Creates), new(3, ArgumentTestKind.AnyBit, SetIds)),
        new("open", NotPermitted, new(1, ArgumentTestKind.AnyBit, Creates), new(2, ArgumentTestKind.AnyBit, SetIds)),
        new("creat", NotPermitted, new ArgumentTest(1, ArgumentTestKind.AnyBit, SetIds)),
        new("openat2", NoSuchCall),
    ];

    /// <summary>Typing into a terminal that was left open.</summary>
    private static DeniedCall[] Terminals => [new("ioctl", NotPermitted, new ArgumentTest(1, ArgumentTestKind.Equal, PushInput)),
        new("ioctl", NotPermitted, new ArgumentTest(1, ArgumentTestKind.Equal, ConsoleControl))];

    /// <summary>Creation and change of namespaces. In a user namespace of its own a process has every capability, and with it far more of the kernel.
    /// clone3 has its flags in memory: the C library falls back to clone.</summary>
    private static DeniedCall[] Namespaces => [new("clone", NotPermitted, new ArgumentTest(0, ArgumentTestKind.AnyBit, NewNamespaces)),
        new("clone3", NoSuchCall), new("unshare", NotPermitted), new("setns", NotPermitted)];

    /// <summary>Sockets. One in the file system leads to every other process of the user that listens on one: its session bus, its multiplexer, its
    /// agents, the debugger port of any .NET process. The channel to the gateway is opened before.
    /// Of netlink only the part that names addresses and interfaces is needed (getaddrinfo).</summary>
    private static IEnumerable<DeniedCall> Sockets(bool unixSockets)
    {
        if (!unixSockets)
        {
            yield return new("socket", AccessDenied, new ArgumentTest(0, ArgumentTestKind.Equal, Unix));
            yield return new("socketpair", AccessDenied);
        }

        yield return new(
            "socket", FamilyNotSupported, new(0, ArgumentTestKind.NotEqual, Unix), new(0, ArgumentTestKind.NotEqual, Internet),
            new(0, ArgumentTestKind.NotEqual, Internet6), new(0, ArgumentTestKind.NotEqual, Netlink));
        yield return new("socket", FamilyNotSupported, new(0, ArgumentTestKind.Equal, Netlink), new(2, ArgumentTestKind.NotEqual, 0));
    }

    /// <summary>Changes of owner and mode: they would reach every file of the user, also those that Landlock lets the worker neither read nor write.
    /// By descriptor they would reach the files that it can open, the gateway's own program among them; but copying a file ends with such a call, so
    /// by descriptor they have no effect instead of failing.</summary>
    private static IEnumerable<DeniedCall> Modes(bool allowChmod)
    {
        (string Call, int Mode)[] modes = [("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2)];
        foreach (var (call, mode) in modes)
        {
            yield return new(call, NotPermitted, new ArgumentTest(mode, ArgumentTestKind.AnyBit, SetIds));
            if (!allowChmod) yield return new(call, call == "fchmod" ? 0 : NotPermitted);
        }

        string[] others = ["chown", "fchown", "lchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr",
            "fremovexattr", "removexattrat", "file_setattr", "mknod", "mknodat"];
        foreach (var call in others) yield return new(call, NotPermitted);
    }

    /// <summary>Memory, descriptors, limits and priority of other processes of the user: the gateway's among them. A process may change its own; a
    /// call that names the caller by its number is denied too.</summary>
    private static IEnumerable<DeniedCall> OtherProcesses
    {
        get
        {
            foreach (var call in (string[])["ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "process_madvise",
                "process_mrelease", "migrate_pages", "move_pages"])
                yield return new(call, NotPermitted);
            foreach (var call in (string[])["prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"])
                yield return new(call, NotPermitted, new ArgumentTest(0, ArgumentTestKind.NotEqual, 0));
            yield return new("setpriority", NotPermitted, new ArgumentTest(1, ArgumentTestKind.NotEqual, 0));
            yield return new("setpriority", NotPermitted, new ArgumentTest(0, ArgumentTestKind.Equal, OfUser));
            yield return new("ioprio_set", NotPermitted, new ArgumentTest(1, ArgumentTestKind.NotEqual, 0));
            yield return new("ioprio_set", NotPermitted, new ArgumentTest(0, ArgumentTestKind.Equal, IoOfUser));
        }
    }

    /// <summary>"All that I may signal" (-1) is every process of the user. A number of a thread alone can be one of the gateway's.</summary>
    private static IEnumerable<DeniedCall> Signals(int process, int group)
    {
        List<(string Call, int Target)> denied = [("kill", -1), ("kill", process), ("tgkill", process), ("rt_sigqueueinfo", process),
            ("rt_tgsigqueueinfo", process), ("pidfd_open", process)];
        // kill(0) is the worker's own group.
        if (group > 0) denied.Add(("kill", -group));
        foreach (var (call, target) in denied)
            yield return new(call, NotPermitted, new ArgumentTest(0, ArgumentTestKind.Equal, unchecked((uint)target)));
        yield return new("tkill", NotPermitted);
        // The owner of a descriptor gets a signal of the caller's choice when it becomes readable.
        foreach (var command in (uint[])[SetOwner, SetOwnerEx])
            yield return new("fcntl", NotPermitted, new ArgumentTest(1, ArgumentTestKind.Equal, command));
        foreach (var command in (uint[])[SetSocketOwner, SetSocketGroup])
            yield return new("ioctl", NotPermitted, new ArgumentTest(1, ArgumentTestKind.Equal, command));
    }

    /// <summary>Memory, semaphores and queues that all processes of a user share, outside any folder.</summary>
    private static IEnumerable<DeniedCall> SharedMemory =>
        Each(
            ["shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"]);

    private static IEnumerable<DeniedCall> Mounts => Each(
    [
        "mount", "umount2", "pivot_root", "chroot", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree", "open_tree_attr",
        "mount_setattr", "quotactl", "quotactl_fd", "swapon", "swapoff", "open_by_handle_at", "fanotify_init",
    ]);

    /// <summary>Parts of the kernel that adapters do not need and attacks on the kernel do; io_uring besides makes calls that a filter
    /// denies.</summary>
    private static IEnumerable<DeniedCall> KernelSurface => Each(["bpf", "perf_event_open", "io_uring_setup", "io_uring_enter", "io_uring_register",
        "userfaultfd", "add_key", "request_key", "keyctl", "modify_ldt"]);

    /// <summary>Calls that only root may make anyway.</summary>
    private static IEnumerable<DeniedCall> Machine => Each(
    [
        "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "acct", "syslog", "settimeofday", "clock_settime",
        "adjtimex", "clock_adjtime", "sethostname", "setdomainname", "vhangup", "iopl", "ioperm",
    ]);

    private static IEnumerable<DeniedCall> Each(IEnumerable<string> calls) => calls.Select(static call => new DeniedCall(call, NotPermitted));
}
