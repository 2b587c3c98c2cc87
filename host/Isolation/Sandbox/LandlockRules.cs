using System.Runtime.InteropServices;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Sandbox;

/// <summary>Files that a worker, and every process that it starts, may use: only those named here. Landlock also keeps a worker from the memory of
/// other processes and, where the kernel can, from signalling them and from connecting to their sockets.</summary>
/// <param name="Readable">Paths that it may read and run, with all files beneath; links are followed.</param>
/// <param name="Hidden">Paths beneath them that it may not read.</param>
/// <param name="Own">The worker's own folder, which it may write to although other workers may not read it.</param>
/// <param name="Writable">More paths it may read and write. Never through a link, which could lead elsewhere.</param>
internal sealed unsafe record LandlockRules(IReadOnlyList<string> Readable, IReadOnlyList<string> Hidden, string Own, IReadOnlyList<string> Writable)
{
    private const long CreateRuleset = 444, AddRule = 445, RestrictSelf = 446;
    private const ulong Execute = 1, WriteFile =
        1 << 1, ReadFile = 1 << 2, ReadFolder = 1 << 3, Refer = 1 << 13, Truncate = 1 << 14, DeviceControl = 1 << 15, ResolveUnix = 1 << 16;
    private const ulong Read = Execute | ReadFile | ReadFolder;
    private const ulong Change = WriteFile | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12);
    private const ulong OfFiles = Execute | WriteFile | ReadFile | Truncate | DeviceControl;
    private const ulong ScopeAbstractSockets = 1, ScopeSignals = 2;
    private const int FirstWithRefer =
        2, FirstWithTruncate = 3, FirstWithNetwork = 4, FirstWithDeviceControl = 5, FirstWithScopes = 6, FirstWithUnixSockets = 9;

    /// <summary>Sockets in the file system may be connected to, as far as the kernel asks Landlock about them.</summary>
    public bool UnixSockets { get; init; }

    /// <summary>Version of Landlock in the kernel; 0: none.</summary>
    public static int Version => LibC.Syscall(CreateRuleset, 0, 0, 1) is > 0 and var version ? (int)version : 0;

    /// <summary>Creates the rules, as a descriptor that the worker inherits; or the reason why there are none.</summary>
    /// <exception cref="SandboxException">Something is asked for that no worker gets.</exception>
    public (int Descriptor, string? Problem) Create()
    {
        var version = Version;
        if (version == 0)
            return (-1, "its files are not kept apart: this kernel has no Landlock, so it can read and write what the gateway's user can");
        var handled = Read | Change | (version >= FirstWithRefer ? Refer : 0) | (version >= FirstWithTruncate ? Truncate : 0)
            | (version >= FirstWithDeviceControl ? DeviceControl : 0)
            | (version >= FirstWithUnixSockets && !UnixSockets ? ResolveUnix : 0);
        var attributes = stackalloc ulong[] { handled, 0, version >= FirstWithScopes ? ScopeAbstractSockets | ScopeSignals : 0 };
        var ruleset = (int)LibC.Syscall(CreateRuleset, (long)attributes, version >= FirstWithScopes ? 24 : version >= FirstWithNetwork ? 16 : 8);
        if (ruleset < 0) return (-1, $"its files are not kept apart: Landlock answers {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            string[] hidden = [.. Hidden.Select(RealPath.Of)];
            foreach (var path in Writable) RefuseHidden(path, hidden);
            foreach (var path in Readable) AllowAround(ruleset, RealPath.Of(path), hidden);
            foreach (var path in SystemFolders.Devices) Allow(ruleset, LibCFiles.Refer(null, path), handled & OfFiles);
            foreach (var path in Writable.Prepend(Own)) Allow(ruleset, ReferWithoutLinks(path), handled & ~ResolveUnix);
            return (ruleset, null);
        }
        catch (SandboxException)
        {
            LibC.Close(ruleset);
            throw;
        }
    }

    /// <summary>Applies the rules to the calling thread, for good, and to every thread and process that it starts, but not to the other threads of
    /// its process. The process may read its own entry in /proc; the entry is held open, because the kernel makes a new node for it once it is
    /// unused, to which the rule would not apply.</summary>
    public static bool Restrict(int rules)
    {
        Allow(rules, LibCFiles.ReferForGood("/proc/self"), ReadFile | ReadFolder, keepOpen: true);
        return LibC.Syscall(RestrictSelf, rules, 0) == 0;
    }

    /// <summary>Allows all files beneath a folder but the hidden paths: the siblings of each folder on the way there, as they are now.</summary>
    private static void AllowAround(int ruleset, string path, IReadOnlyList<string> hidden)
    {
        if (hidden.Contains(path)) return;
        if (!hidden.Any(each => RealPath.IsInside(each, path)))
        {
            Allow(ruleset, LibCFiles.Refer(null, path), Read);
            return;
        }

        try
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(path))
            {
                // The target of a link counts where it is.
                if (new FileInfo(entry).LinkTarget is null) AllowAround(ruleset, entry, hidden);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A folder that the gateway cannot list its worker cannot use.
        }
    }

    /// <summary>Refuses a writable path that contains a hidden one or is in it: a rule allows a folder with all files beneath.</summary>
    private static void RefuseHidden(string path, string[] hidden)
    {
        var real = RealPath.Of(path);
        if (hidden.FirstOrDefault(each => each == real || RealPath.IsInside(each, real) || RealPath.IsInside(real, each)) is { } kept)
            throw new SandboxException(
                $"'{path}' cannot be opened to it for writing: '{kept}', which is the gateway's or a secret, would be open with it. Name a folder apart from it in worker.writePaths");
    }

    /// <summary>Follows a path name by name.</summary>
    private static int ReferWithoutLinks(string path)
    {
        var descriptor = LibCFiles.ReferToFolder(null, "/");
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = LibCFiles.Refer(descriptor, name);
            var problem = next < 0 ? Marshal.GetLastPInvokeErrorMessage() : null;
            LibC.Close(descriptor);
            if (problem is not null)
                throw new SandboxException(
                    $"'{path}' cannot be opened to it for writing: '{name}': {problem}. Make it, or leave it out of worker.writePaths");
            if (LibCFiles.FactsOf(next) is { IsLink: true })
            {
                LibC.Close(next);
                throw new SandboxException(
                    $"'{path}' cannot be opened to it for writing: '{name}' is a symbolic link, which could lead anywhere at its next start. Name in worker.writePaths where it leads");
            }

            descriptor = next;
        }

        return descriptor;
    }

    private static void Allow(int ruleset, int descriptor, ulong rights, bool keepOpen = false)
    {
        if (descriptor < 0) return;
        if (LibCFiles.FactsOf(descriptor) is { IsFolder: false }) rights &= OfFiles;
        var rule = stackalloc byte[12];
        *(ulong*)rule = rights;
        *(int*)(rule + 8) = descriptor;
        _ = LibC.Syscall(AddRule, ruleset, 1, (long)rule, 0);
        if (!keepOpen) LibC.Close(descriptor);
    }
}

/// <summary>A worker is not started, because its sandbox would allow too much.</summary>
internal sealed class SandboxException(string message) : Exception(message);
