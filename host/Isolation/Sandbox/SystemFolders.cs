namespace PluginGateway.Isolation.Sandbox;

/// <summary>Folders of the system that every program needs to read. The operator names all others (<c>worker.readPaths</c>).</summary>
internal static class SystemFolders
{
    private static readonly string[] Programs = ["/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store", "/gnu/store"];

    /// <summary>Names, certificates, time zones, the linker's, fonts. A file that is replaced (DHCP writes a new resolv.conf) is another one:
    /// folders are named where there is one for it alone.</summary>
    private static readonly string[] Settings =
    [
        "/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem",
        "/etc/pki/tls/openssl.cnf", "/etc/pki/ca-trust", "/etc/ca-certificates",
        "/etc/crypto-policies", "/var/lib/ca-certificates", "/etc/resolv.conf", "/run/systemd/resolve", "/run/resolvconf", "/etc/hosts",
        "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/protocols", "/etc/services",
        "/etc/localtime", "/etc/timezone", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/passwd",
        "/etc/group", "/etc/os-release", "/etc/lsb-release", "/etc/alternatives", "/etc/dotnet",
        "/etc/fonts", "/etc/mime.types",
    ];

    /// <summary>Files of the kernel about the machine; of processes only the worker's own (<see cref="LandlockRules.Restrict"/>).</summary>
    private static readonly string[] Kernel =
    [
        "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version", "/proc/filesystems", "/proc/cgroups",
        "/proc/sys", "/sys/fs/cgroup", "/sys/devices/system", "/sys/kernel/mm/transparent_hugepage",
    ];

    private static readonly string[] OfTrust = ["SSL_CERT_FILE", "SSL_CERT_DIR", "TZDIR"];

    /// <summary>Readable files that only root may read: the workers of a gateway that runs as root run as root.</summary>
    public static IReadOnlyList<string> Secret { get; } = ["/etc/ssl/private"];

    /// <summary>Devices without an owner: no terminals, no memory that others share.</summary>
    public static IReadOnlyList<string> Devices { get; } = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

    /// <summary>Readable for every worker.</summary>
    /// <param name="executable">The gateway's own.</param>
    /// <param name="environment">Environment of the gateway at its start: it names certificates and time zones, if they are elsewhere.</param>
    public static IEnumerable<string> Readable(string executable, IReadOnlyDictionary<string, string> environment) =>
    [
        .. Programs, .. Settings, .. Kernel, .. Runtime(), .. Application(executable),
        .. OfTrust.SelectMany(name => environment.TryGetValue(name, out var path) ? path.Split(':', StringSplitOptions.RemoveEmptyEntries) : [])
            .Where(Path.IsPathRooted),
    ];

    /// <summary>Folders of the runtime, not its root: for a runtime that is published with the gateway the root is another folder.</summary>
    private static IEnumerable<string> Runtime()
    {
        var root = RuntimeFolder.Path;
        return [Path.Combine(root, "shared"), Path.Combine(root, "host")];
    }

    /// <summary>Files of the gateway's program. The folder itself is not readable: it may also contain a configuration, copies of it and other
    /// plugins.</summary>
    private static IEnumerable<string> Application(string executable)
    {
        var folder = Path.GetDirectoryName(executable)!;
        string[] patterns = ["*.dll", "*.so", "*.so.*", "plugin-gateway.*.json"];
        return [executable, Path.Combine(folder, "runtimes"), .. patterns.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern))];
    }
}

/// <summary>Folder in which the runtime of this process is installed.</summary>
internal static class RuntimeFolder
{
    public static string Path { get; } =
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
}
