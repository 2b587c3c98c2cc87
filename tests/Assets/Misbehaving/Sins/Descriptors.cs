using System.Runtime.InteropServices;

namespace Misbehaving;

public static partial class Sins
{
    private const int SocketLevel = 1, IsAccepting = 30;

    /// <summary>Row 23: closes what it does not own, by number; the next file that is opened gets it. And row 24: what a process has and everybody in
    /// it shares, limits and copies of it among them.</summary>
    private static IEnumerable<(string Name, Deed Deed)> OnDescriptors() =>
    [
        Do("closes-listeners", static _ => CloseAll(Listens)),
        Do("reuses-listeners", static scene => Reuse(scene, Listens)),
        Do("closes-event-queue", static _ => CloseAll(static number => Means(number) == "anon_inode:[eventpoll]")),
        Do("closes-pipes", static _ => CloseAll(static number => number > 2 && Means(number).StartsWith("pipe:", StringComparison.Ordinal)
            && Means(number) != Means(1) && Means(number) != Means(2))),
        Do("closes-log", static _ => CloseAll(LogsTo)),
        Do("reuses-log", static scene => Reuse(scene, LogsTo)),
        Do("reuses-output", static scene => Reuse(scene, static number => number is 1 or 2)),
        Do("closes-store", static _ => CloseAll(static number => Means(number).EndsWith("/gateway.db", StringComparison.Ordinal))),
        Do("reuses-write-ahead-log",
            static scene => Reuse(scene, static number => Means(number).EndsWith("/gateway.db-wal", StringComparison.Ordinal))),
        Do("reuses-store", static scene => Reuse(scene, static number => Means(number).EndsWith("/gateway.db", StringComparison.Ordinal))),
        Do("closes-lock", static _ => CloseAll(static number => Means(number).EndsWith("/gateway.lock", StringComparison.Ordinal))),
        Do("reuses-lock", static scene => Reuse(scene, static number => Means(number).EndsWith("/gateway.lock", StringComparison.Ordinal))),
        Do("small-files", static _ => setrlimit(FileSize, [4096, 4096])),
        Do("huge-environment", static _ =>
        {
            foreach (var name in (string[])["PATH", "LANG", "TMPDIR", "DOTNET_gcServer"])
            {
                Environment.SetEnvironmentVariable(name, new string('x', 300_000));
                setenv(name, new string('x', 300_000), 1);
            }
        }),
        Do("forks", static scene =>
        {
            // The child has this thread only; it may not allocate, and it lets go of the log, which its parent's reader waits for.
            foreach (var method in (string[])["fork", "setsid", "close", "usleep", "_exit"])
                Marshal.Prelink(typeof(Sins).GetMethod(method, System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!);
            // Code that the child compiled would be written into memory that it shares with its parent.
            System.Runtime.CompilerServices.RuntimeHelpers.PrepareMethod(((Action<int[]>)Stay).Method.MethodHandle);
            int[] output = [.. Numbers().Where(static number => number is 1 or 2 || LogsTo(number) || Means(number) == Means(2))];
            var child = fork();
            if (child == 0) Stay(output);
            scene.Log($"child {child}");
        }),
    ];

    private const int FileSize = 1;

    private static void Stay(int[] output)
    {
        setsid();
        for (var i = 0; i < output.Length; i++) close(output[i]);
        for (var i = 0; i < 600; i++) usleep(100_000);
        _exit(0);
    }

    private static void CloseAll(Func<int, bool> wanted)
    {
        foreach (var number in Numbers().Where(wanted).ToArray()) close(number);
    }

    /// <summary>As when the next file that is opened gets the number.</summary>
    private static void Reuse(Scene scene, Func<int, bool> wanted)
    {
        foreach (var number in Numbers().Where(wanted).ToArray())
        {
            var file = open(Path.Combine(scene.DataDirectory, "reused"), 0x42, 0x180);
            dup2(file, number);
        }
    }

    private static int[] Numbers() =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(static entry => int.Parse(Path.GetFileName(entry), null))];

    private static string Means(int number) => new FileInfo($"/proc/self/fd/{number}").LinkTarget ?? "";

    private static bool LogsTo(int number) => number > 2 && Means(number) is { Length: > 0 } meaning && meaning == Means(1);

    private static bool Listens(int number)
    {
        var (value, size) = (0, 4);
        return getsockopt(number, SocketLevel, IsAccepting, ref value, ref size) == 0 && value == 1;
    }

    [DllImport("libc")]
    private static extern int fork();

    [DllImport("libc")]
    private static extern int setsid();

    [DllImport("libc")]
    private static extern int usleep(uint microseconds);

    [DllImport("libc")]
    private static extern void _exit(int code);

    [DllImport("libc")]
    private static extern int dup2(int from, int to);

    [DllImport("libc")]
    private static extern int getsockopt(int descriptor, int level, int option, ref int value, ref int size);

    [DllImport("libc")]
    private static extern int setrlimit(int limit, ulong[] both);

    [DllImport("libc")]
    private static extern int setenv(string name, string value, int overwrite);
}
