using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Starts a program in a session of its own, with the descriptors it is given and no others.</summary>
internal static unsafe partial class Spawn
{
    // glibc: 336 and 80 bytes; musl less.
    private const int Opaque = 1024;
    private const int FirstOfOthers = 3;
    private const short SetSignalDefaults = 4, SetSignalMask = 8, SetSession = 0x80;

    /// <summary>Starts the program and returns its process id. The calling thread is the parent of the process and must outlive it.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">The program's name first.</param>
    /// <param name="environment">NAME=VALUE, each.</param>
    /// <param name="output">Becomes standard output and error.</param>
    /// <param name="others">Become descriptors 3, 4 and so on.</param>
    public static int Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, int output,
        params ReadOnlySpan<int> others)
    {
        var actions = stackalloc byte[Opaque];
        var attributes = stackalloc byte[Opaque];
        var argv = Strings(arguments);
        var envp = Strings(environment);
        posix_spawn_file_actions_init(actions);
        posix_spawnattr_init(attributes);
        try
        {
            posix_spawn_file_actions_addopen(actions, 0, "/dev/null", 0, 0);
            posix_spawn_file_actions_adddup2(actions, output, 1);
            posix_spawn_file_actions_adddup2(actions, output, 2);
            var next = FirstOfOthers;
            foreach (var other in others) posix_spawn_file_actions_adddup2(actions, other, next++);
            CloseTheRest(actions, next);
            SetAttributes(attributes);
            var error = posix_spawn(out var pid, path, actions, attributes, argv, envp);
            return error == 0 ? pid : throw new IOException($"'{path}' cannot be started: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
        finally
        {
            posix_spawn_file_actions_destroy(actions);
            posix_spawnattr_destroy(attributes);
            Free(argv);
            Free(envp);
        }
    }

    /// <summary>Closes the other descriptors in the child: those of the gateway are closed on exec, but one that a plugin or a library opened may not
    /// be.</summary>
    private static void CloseTheRest(byte* actions, int from)
    {
        try
        {
            posix_spawn_file_actions_addclosefrom_np(actions, from);
        }
        catch (EntryPointNotFoundException)
        {
            // glibc before 2.34, musl.
        }
    }

    private static void SetAttributes(byte* attributes)
    {
        var signals = stackalloc byte[128];
        new Span<byte>(signals, 128).Clear();
        posix_spawnattr_setsigmask(attributes, signals);
        new Span<byte>(signals, 128).Fill(0xFF);
        posix_spawnattr_setsigdefault(attributes, signals);
        posix_spawnattr_setflags(attributes, SetSignalDefaults | SetSignalMask | SetSession);
    }

    private static byte** Strings(IReadOnlyList<string> strings)
    {
        var list = (byte**)NativeMemory.AllocZeroed((nuint)(strings.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++) list[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        return list;
    }

    private static void Free(byte** strings)
    {
        for (var each = strings; *each is not null; each++) Marshal.FreeCoTaskMem((nint)(*each));
        NativeMemory.Free(strings);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(out int pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial void posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial void posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void posix_spawn_file_actions_addopen(byte* actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc")]
    private static partial void posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport("libc")]
    private static partial void posix_spawn_file_actions_addclosefrom_np(byte* actions, int from);

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_setsigdefault(byte* attributes, byte* signals);
}
