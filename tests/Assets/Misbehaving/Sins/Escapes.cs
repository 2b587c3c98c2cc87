using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Misbehaving;

public static partial class Sins
{
    private const int RefersOnly = 0x200000;

    /// <summary>Ways out of a process of its own, each with a line that says how far it came, and what any adapter may do there.</summary>
    private static IEnumerable<(string Name, Deed Deed)> OutOfTheSandbox() =>
    [
        Do("attaches-debugger", static scene =>
        {
            // The runtime of the gateway would load a library on request, or give its environment.
            string[] ports = [.. Found("/tmp", $"dotnet-diagnostic-{getppid()}-*"), .. PortByNumbers()];
            foreach (var port in ports) scene.Log($"debugger port {Connects(port)}");
            scene.Log($"debugger ports: {ports.Length} tried");
        }),
        Do("calls-the-kernel", static scene =>
        {
            foreach (var (name, number, arguments) in KernelCalls(scene)) scene.Log($"call {name}: {Error(number, arguments)}.");
            scene.Log("calls: all made");
        }),
        Do("connects-unix", static scene =>
        {
            foreach (var path in scene.List("paths")) scene.Log($"unix socket {Connects(path)}");
            scene.Log("unix sockets: all tried");
        }),
        Do("opens-paths", static scene =>
        {
            foreach (var path in scene.List("paths")) scene.Log(
                $"path {path}: {(Reads(path) ? "read" : "closed")}, {(Appends(path) ? "written" : "kept")}, {(Lists(path) ? "listed" : "unlisted")}.");
            scene.Log("paths: all tried");
        }),
        Do("changes-modes", static scene =>
        {
            foreach (var path in scene.List("paths").Prepend(Path.Combine(scene.DataDirectory, "own")))
            {
                if (path.StartsWith(scene.DataDirectory, StringComparison.Ordinal)) File.WriteAllText(path, "x");
                foreach (var mode in (int[])[0, Convert.ToInt32("0777", 8), Convert.ToInt32("04755", 8)])
                    scene.Log($"mode {path} {Convert.ToString(mode, 8)}: {ModeBy(path, mode)}.");
            }

            var made = Path.Combine(scene.DataDirectory, "made");
            var descriptor = open(made, 0x241, Convert.ToInt32("04755", 8));
            scene.Log($"made with set-id: {(descriptor < 0 ? "refused" : "made")}.");
            scene.Log("modes: all tried");
        }),
        Do("lives-ordinarily", static scene =>
        {
            foreach (var (name, act) in Ordinary(scene))
            {
                try
                {
                    act();
                    scene.Log($"ordinary {name}: ok.");
                }
                catch (Exception e)
                {
                    scene.Log($"ordinary {name}: {e}");
                }
            }

            scene.Log("ordinary: all done");
        }),
        Do("publishes-much", static scene =>
        {
            var text = new string('x', 1_000_000);
            for (var i = 0; i < 800; i++) scene.Host!.Events.Publish($"topic-{i}", new PluginGateway.StreamEvent(text));
            scene.Log("published: 800 MB");
        }),
        Do("publishes-without-end", static scene => Thread(() =>
        {
            for (var i = 0; ; i++) scene.Host!.Events.Publish($"topic-{i % 20}", new PluginGateway.StreamEvent("x"));
        })),
    ];

    /// <summary>Each would do something, or fail otherwise, if it were let: the arguments are chosen so.</summary>
    private static (string Name, long Number, long[] Arguments)[] KernelCalls(Scene scene)
    {
        var own = Marshal.StringToCoTaskMemUTF8(Path.Combine(scene.DataDirectory, "own"));
        var gateway = getppid();
        var here = Environment.CurrentManagedThreadId > 0 ? -100L : 0;
        var room = Marshal.AllocHGlobal(4096);
        return
        [
            ("socket-unix", 41, [1, 1, 0]), ("socket-packet", 41, [17, 3, 0]), ("socket-vsock", 41, [40, 1, 0]),
            ("socket-netlink-audit", 41, [16, 3, 9]), ("socketpair", 53, [1, 2, 0, room]),
            ("chmod", 90, [own, 0x1FF]), ("fchmodat", 268, [here, own, 0x1FF]), ("fchmodat2", 452, [here, own, 0x1FF, 0]),
            ("chown", 92, [own, -1, -1]), ("lchown", 94, [own, -1, -1]), ("fchownat", 260, [here, own, -1, -1, 0]),
            ("setxattr", 188, [own, own, own, 1, 0]), ("mknod", 133, [own, 0x1180, 0]), ("mknodat", 259, [here, own, 0x1180, 0]),
            ("unshare-user", 272, [0x10000000]), ("unshare-mount", 272, [0x20000]), ("setns", 308, [-1, 0]),
            ("clone-user", 56, [0x10000000 | 17, 0, 0, 0, 0]), ("clone3", 435, [0, 0]), ("openat2", 437, [here, own, 0, 0]),
            ("ptrace", 101, [16, gateway, 0, 0]), ("process_vm_readv", 310, [gateway, 0, 0, 0, 0, 0]),
            ("process_vm_writev", 311, [gateway, 0, 0, 0, 0, 0]), ("pidfd_open", 434, [gateway, 0]), ("pidfd_getfd", 438, [-1, 0, 0]),
            ("kcmp", 312, [gateway, gateway, 0, 0, 0]),
            ("kill", 62, [gateway, 0]), ("kill-all", 62, [-1, 0]), ("tkill", 200, [gateway, 0]), ("tgkill", 234, [gateway, gateway, 0]),
            ("rt_sigqueueinfo", 129, [gateway, 0, room]),
            ("prlimit64", 302, [gateway, 7, 0, room]), ("setpriority", 141, [0, gateway, 19]), ("sched_setaffinity", 203, [gateway, 8, room]),
            ("sched_setscheduler", 144, [gateway, 0, room]), ("ioprio_set", 251, [1, gateway, 0]),
            ("shmget", 29, [0x4711, 4096, 0x3B6]), ("semget", 64, [0x4711, 1, 0x3B6]), ("msgget", 68, [0x4711, 0x3B6]),
            ("mq_open", 240, [own, 0x42, 0x1B6, 0]),
            ("bpf", 321, [0, 0, 0]), ("perf_event_open", 298, [0, 0, -1, -1, 0]), ("io_uring_setup", 425, [1, room]), ("userfaultfd", 323, [1]),
            ("keyctl", 250, [0, -3, 0]), ("add_key", 248, [own, own, 0, 0, 0]), ("request_key", 249, [own, own, 0, 0]),
            ("mount", 165, [own, own, own, 0, 0]), ("fsopen", 430, [own, 0]), ("open_tree", 428, [here, own, 0]), ("chroot", 161, [own]),
            ("open_by_handle_at", 304, [-1, room, 0]), ("fanotify_init", 300, [0, 0]), ("ioctl-type", 16, [0, 0x5412, room]),
        ];
    }

    private static IEnumerable<(string Name, Action Act)> Ordinary(Scene scene)
    {
        var own = scene.DataDirectory;
        yield return ("write", () => File.WriteAllText(Path.Combine(own, "a"), "text"));
        yield return ("copy", () => File.Copy(Path.Combine(own, "a"), Path.Combine(own, "b"), overwrite: true));
        yield return ("copy of own plugin", () => File.Copy(typeof(Sins).Assembly.Location, Path.Combine(own, "copy.dll"), overwrite: true));
        yield return ("move", () =>
        {
            Directory.CreateDirectory(Path.Combine(own, "folder"));
            File.Move(Path.Combine(own, "b"), Path.Combine(own, "folder", "c"), overwrite: true);
        });
        yield return ("temporary", () => File.Delete(Path.GetTempFileName()));
        yield return ("zip", () =>
        {
            var zip = Path.Combine(own, "z.zip");
            File.Delete(zip);
            System.IO.Compression.ZipFile.CreateFromDirectory(Path.Combine(own, "folder"), zip);
            System.IO.Compression.ZipFile.ExtractToDirectory(zip, Path.Combine(own, "unzipped"), overwriteFiles: true);
        });
        yield return ("mapped", () =>
        {
            using var map = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(Path.Combine(own, "map"), FileMode.Create, null, 4096);
            using var view = map.CreateViewAccessor();
            view.Write(0, 1);
        });
        yield return ("watcher", () =>
        {
            using var watcher = new FileSystemWatcher(own) { EnableRaisingEvents = true };
        });
        yield return ("program", () => Run("/bin/sh", "-c", "cat /etc/hosts | wc -l"));
        yield return ("program that asks of itself", () => Run("/bin/sh", "-c", "ls -l /proc/self/fd > /dev/null || true; true"));
        yield return ("name", () => _ = Dns.GetHostAddresses("localhost"));
        yield return ("connection", () =>
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var client = new TcpClient();
            client.Connect((IPEndPoint)listener.LocalEndpoint);
            using var server = listener.AcceptTcpClient();
            client.GetStream().Write([1]);
            if (server.GetStream().ReadByte() != 1) throw new IOException("nothing came");
        });
        yield return ("certificates", () =>
        {
            using var store = new System.Security.Cryptography.X509Certificates.X509Store(
                System.Security.Cryptography.X509Certificates.StoreName.Root,
                System.Security.Cryptography.X509Certificates.StoreLocation.LocalMachine);
            store.Open(System.Security.Cryptography.X509Certificates.OpenFlags.ReadOnly);
            if (store.Certificates.Count == 0 && Directory.Exists("/etc/ssl/certs") && Directory.GetFiles("/etc/ssl/certs").Length > 0)
                throw new IOException("no certificates");
        });
        yield return ("tls", () =>
        {
            using var key = System.Security.Cryptography.RSA.Create(2048);
            _ = key.SignData([1], System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        });
        yield return ("interfaces", () => _ = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Length);
        yield return ("time zone", () => _ = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin").BaseUtcOffset);
        yield return ("thread", () =>
        {
            var thread = new System.Threading.Thread(static () => { }) { Name = "named", Priority = ThreadPriority.BelowNormal };
            thread.Start();
            thread.Join();
        });
        yield return ("home", () =>
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            File.WriteAllText(Path.Combine(home, "in-home"), "x");
        });
        yield return ("state", () => scene.Host!.State.SetAsync("key", "value", CancellationToken.None).Wait());
        yield return ("message", () => scene.Host!.Inbox.AcceptAsync(
            new PluginGateway.InboundMessage(
                "ordinary", new PluginGateway.Chat("c", PluginGateway.ChatKind.Direct), new PluginGateway.Sender("s"), "hello"),
            CancellationToken.None).Wait());
    }

    private static void Run(string program, params string[] arguments)
    {
        using var child = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = child.StandardOutput.ReadToEnd() + child.StandardError.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new IOException($"{child.ExitCode}: {said}");
    }

    /// <summary>Where the folder cannot be listed: it is made of the process's number and its start, which the kernel tells.</summary>
    private static string[] PortByNumbers()
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{getppid()}/stat");
            return [$"/tmp/dotnet-diagnostic-{getppid()}-{stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]}-socket"];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string[] Found(string folder, string pattern)
    {
        try
        {
            return Directory.GetFiles(folder, pattern);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Connects(string path)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return $"{path}: connected.";
        }
        catch (SocketException e)
        {
            return $"{path}: no way in ({e.SocketErrorCode}).";
        }
    }

    private static bool Appends(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool Lists(string path)
    {
        try
        {
            return Directory.GetFileSystemEntries(path).Length >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string ModeBy(string path, int mode)
    {
        var byPath = chmod(path, mode) == 0 ? "changed" : "refused";
        var descriptor = open(path, 0, 0);
        var byDescriptor = descriptor < 0 ? "closed" : fchmod(descriptor, mode) == 0 ? "passed over" : "refused";
        if (descriptor >= 0) close(descriptor);
        var reference = open(path, RefersOnly, 0);
        var byLink = reference >= 0 && chmod($"/proc/self/fd/{reference.ToString(CultureInfo.InvariantCulture)}", mode) == 0 ? "changed" : "refused";
        if (reference >= 0) close(reference);
        return $"{byPath}, {byDescriptor}, {byLink}";
    }

    /// <summary>0, or the error number.</summary>
    private static int Error(long number, long[] arguments)
    {
        var all = new long[6];
        arguments.CopyTo(all, 0);
        return syscall(number, all[0], all[1], all[2], all[3], all[4], all[5]) >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [DllImport("libc", SetLastError = true)]
    private static extern long syscall(long number, long a, long b, long c, long d, long e, long f);

    [DllImport("libc", SetLastError = true)]
    private static extern int open(string path, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int chmod(string path, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int fchmod(int descriptor, int mode);
}
