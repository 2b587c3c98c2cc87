using System.Runtime.InteropServices;

namespace PluginGateway.Isolation.Sandbox;

/// <summary>The numbers of the system calls that a filter names, for one processor architecture.</summary>
/// <param name="AuditArchitecture">AUDIT_ARCH of the kernel: numbers mean nothing without it.</param>
/// <param name="FirstForeign">Numbers from here on belong to another binary interface of the same architecture (x32); null: none.</param>
/// <param name="Numbers">By name; a call that an architecture does not have is absent.</param>
internal sealed record SystemCalls(uint AuditArchitecture, uint? FirstForeign, IReadOnlyDictionary<string, uint> Numbers)
{
    /// <summary>Name, number on x86-64, number on arm64; negative: the architecture has no such call.</summary>
    private static readonly (string Name, int X64, int Arm64)[] Table =
    [
        ("open", 2, -1), ("creat", 85, -1), ("openat", 257, 56), ("openat2", 437, 437),
        ("socket", 41, 198), ("socketpair", 53, 199),
        ("chmod", 90, -1), ("fchmod", 91, 52), ("fchmodat", 268, 53), ("fchmodat2", 452, 452),
        ("chown", 92, -1), ("fchown", 93, 55), ("lchown", 94, -1), ("fchownat", 260, 54),
        ("setxattr", 188, 5), ("lsetxattr", 189, 6), ("fsetxattr", 190, 7), ("setxattrat", 463, 463),
        ("removexattr", 197, 14), ("lremovexattr", 198, 15), ("fremovexattr", 199, 16), ("removexattrat", 466, 466), ("file_setattr", 469, 469),
        ("mknod", 133, -1), ("mknodat", 259, 33),
        ("clone", 56, 220), ("clone3", 435, 435), ("unshare", 272, 97), ("setns", 308, 268),
        ("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41), ("chroot", 161, 51), ("move_mount", 429, 429), ("fsopen", 430, 430),
        ("fsconfig", 431, 431),
        ("fsmount", 432, 432), ("fspick", 433, 433), ("open_tree", 428, 428), ("open_tree_attr", 467, 467), ("mount_setattr", 442, 442),
        ("quotactl", 179, 60), ("quotactl_fd", 443, 443),
        ("swapon", 167, 224), ("swapoff", 168, 225), ("open_by_handle_at", 304, 265), ("fanotify_init", 300, 262),
        ("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("pidfd_getfd", 438, 438), ("kcmp", 312, 272),
        ("process_madvise", 440, 440), ("process_mrelease", 448, 448),
        ("migrate_pages", 256, 238), ("move_pages", 279, 239),
        ("prlimit64", 302, 261), ("setpriority", 141, 140), ("ioprio_set", 251, 30),
        ("sched_setaffinity", 203, 122), ("sched_setscheduler", 144, 119), ("sched_setparam", 142, 118), ("sched_setattr", 314, 274),
        ("shmget", 29, 194), ("shmat", 30, 196), ("shmctl", 31, 195), ("semget", 64, 190), ("semop", 65, 193), ("semctl", 66, 191),
        ("semtimedop", 220, 192),
        ("msgget", 68, 186), ("msgsnd", 69, 189), ("msgrcv", 70, 188), ("msgctl", 71, 187), ("mq_open", 240, 180), ("mq_unlink", 241, 181),
        ("bpf", 321, 280), ("perf_event_open", 298, 241), ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427),
        ("userfaultfd", 323, 282),
        ("add_key", 248, 217), ("request_key", 249, 218), ("keyctl", 250, 219),
        ("kexec_load", 246, 104), ("kexec_file_load", 320, 294), ("init_module", 175, 105), ("finit_module", 313, 273), ("delete_module", 176, 106),
        ("reboot", 169, 142), ("acct", 163, 89), ("syslog", 103, 116), ("settimeofday", 164, 170), ("clock_settime", 227, 112),
        ("adjtimex", 159, 171), ("clock_adjtime", 305, 266),
        ("sethostname", 170, 161), ("setdomainname", 171, 162), ("vhangup", 153, 58), ("iopl", 172, -1), ("ioperm", 173, -1), ("modify_ldt", 154, -1),
        ("kill", 62, 129), ("tkill", 200, 130), ("tgkill", 234, 131), ("rt_sigqueueinfo", 129, 138), ("rt_tgsigqueueinfo", 297, 240),
        ("pidfd_open", 434, 434),
        ("ioctl", 16, 29), ("fcntl", 72, 25),
    ];

    public static SystemCalls X64 { get; } = new(
        0xC000003E, 0x40000000, Table.Where(static call => call.X64 >= 0).ToDictionary(static call => call.Name, static call => (uint)call.X64));

    public static SystemCalls Arm64 { get; } = new(
        0xC00000B7, null, Table.Where(static call => call.Arm64 >= 0).ToDictionary(static call => call.Name, static call => (uint)call.Arm64));

    /// <summary>Numbers for this process; null: its architecture is not supported.</summary>
    public static SystemCalls? OfProcess => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        _ => null,
    };
}
