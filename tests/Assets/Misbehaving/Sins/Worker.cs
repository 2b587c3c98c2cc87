using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Misbehaving;

public static partial class Sins
{
    private const int Connection = 3;
    private const int StopSignal = 19;

    /// <summary>What nobody in the same process could stop or survive, and what a worker can say to the gateway that no worker should. For processes
    /// of their own only.</summary>
    private static IEnumerable<(string Name, Deed Deed)> OfTheWorker() =>
    [
        Do("eats-memory", static _ =>
        {
            while (true) Kept.Add(new byte[1_000_000]);
        }),
        Do("eats-native-memory", static _ =>
        {
            while (true) Fill(Marshal.AllocHGlobal(1_000_000), 1_000_000);
        }),
        Do("collects", static _ =>
        {
            for (var i = 0; i < Environment.ProcessorCount; i++)
            {
                Thread(static () =>
                {
                    while (true) GC.Collect();
                });
            }
        }),
        Do("thread-bomb", static _ =>
        {
            while (true) Thread(Forever, stack: 1024 * 1024);
        }),
        Do("opens-everything", static scene =>
        {
            while (true) Kept.Add(File.Open(typeof(Sins).Assembly.Location, FileMode.Open, FileAccess.Read, FileShare.Read));
        }),
        Do("closes-everything", static _ =>
        {
            for (var i = 0; i < 1024; i++) close(i);
        }),
        Do("closes-connection", static _ => close(Connection)),
        Do("stops-itself", static _ => raise(StopSignal)),
        Do("stops-runtime", static _ =>
        {
            Thread(ReadWithoutTransition);
            System.Threading.Thread.Sleep(200);
            GC.Collect();
        }),
        Do("ends-with-0", static _ => Environment.Exit(0)),
        Do("says-garbage", static _ => Say([.. Enumerable.Repeat((byte)0xA5, 4000)])),
        Do("says-too-much", static _ => Say([0, 0, 0, 0x7F, 5, 48, 0, 0, 0, 0])),
        Do("says-half", static _ => Say([100, 0, 0, 0, 5, 48, 0, 0, 0, 0, 1])),
        Do("answers-nothing", static _ => Say([6, 0, 0, 0, 2, 5, 0xFF, 0xFF, 0xFF, 0x0F])),
        Do("asks-without-end", static _ =>
        {
            // A question whose answer needs the store: more of them than may be open.
            byte[] question = [18, 0, 0, 0, 1, 33, 0, 0, 0, 0x40, 4, 0, 0, 0, (byte)'k', 0, (byte)'e', 0, (byte)'y', 0, (byte)'s', 0];
            byte[] many = [.. Enumerable.Repeat(question, 3000).SelectMany(static bytes => bytes)];
            while (true) Say(many);
        }),
        Do("child-in-a-session", static scene => scene.Log($"child {System.Diagnostics.Process.Start("setsid", ["sleep", "300"])!.Id}")),
        Do("process-bomb", static scene =>
        {
            var started = 0;
            try
            {
                // As many as it is let. Where nothing limits it, it is not asked to.
                for (; started < 5000; started++) System.Diagnostics.Process.Start("setsid", ["sleep", "300"]).Dispose();
                scene.Log($"{started} processes and no end");
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                scene.Log($"{started} processes and not one more: {e.Message}");
            }
        }),
        Do("children-eat-memory", static scene =>
        {
            // Each stays within what one process may have.
            for (var i = 0; i < 8; i++)
                System.Diagnostics.Process.Start("setsid", ["sh", "-c", "head -c 300000000 /dev/zero | tail -c 300000000 | sleep 300"]).Dispose();
            scene.Log("8 children take 300 MB each");
        }),
        Do("looks-around", static scene =>
        {
            var data = Path.GetFullPath(Path.Combine(scene.DataDirectory, "..", ".."));
            string[] secrets =
            [
                Path.Combine(data, "gateway.db"), Path.Combine(data, "gateway.pid"), Path.Combine(data, "control.key"),
                Path.Combine(data, "adapters", "healthy", "journal"), Path.Combine(data, "..", "plugins.json"),
                $"/proc/{getppid()}/environ", $"/proc/{getppid()}/maps",
            ];
            foreach (var path in secrets) scene.Log($"{(Reads(path) ? "can read" : "cannot read")} {path}");
            foreach (var path in new[] { Path.Combine(data, "new"), "/etc/new", "/tmp/new-of-a-worker" })
                scene.Log($"{(Writes(path) ? "can write" : "cannot write")} {path}");
            scene.Log($"{(Writes(Path.Combine(scene.DataDirectory, "mine")) ? "has" : "has not")} its own folder");
            scene.Log($"{(kill(getppid(), 0) == 0 ? "can signal" : "cannot signal")} the gateway");
            foreach (var key in new[] { "", $"{new string('0', 64)} ", Key(data) })
                scene.Log($"{(Asks(data, key) is var (answered, answer) && answered ? "can" : "cannot")} ask on the control socket: {answer}");
            scene.Log($"{(Environment.GetEnvironmentVariable("SECRET_OF_ANOTHER") is null ? "has no" : "has the")} secret of another");
        }),
    ];

    /// <summary>Blocks in native code that the runtime takes for managed code: a garbage collection waits for its end, and every thread for the
    /// collection. A signal interrupts the read, which the kernel begins anew.</summary>
    private static unsafe void ReadWithoutTransition()
    {
        var ends = stackalloc int[2];
        byte nothing;
        _ = pipe(ends);
        _ = read(ends[0], &nothing, 1);
    }

    private static unsafe void Fill(nint start, nuint length) => NativeMemory.Fill((void*)start, length, 1);

    private static void Say(byte[] bytes) => write(Connection, bytes, bytes.Length);

    private static bool Reads(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return file.ReadByte() >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>As a request begins; a folder that cannot be read has none.</summary>
    private static string Key(string data)
    {
        try
        {
            return File.ReadAllText(Path.Combine(data, "control.key")) + " ";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static (bool Answered, string Answer) Asks(string data, string key)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(data, "control.sock")));
            socket.Send(Encoding.UTF8.GetBytes(key + "{\"verb\":\"status\"}\n"));
            var answer = new byte[100];
            var text = Encoding.UTF8.GetString(answer, 0, socket.Receive(answer));
            return (!text.StartsWith("{\"ok\":false", StringComparison.Ordinal), text);
        }
        catch (SocketException e)
        {
            return (false, e.Message);
        }
    }

    private static bool Writes(string path)
    {
        try
        {
            File.WriteAllText(path, "x");
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [DllImport("libc")]
    private static extern unsafe int pipe(int* ends);

    [DllImport("libc"), SuppressGCTransition]
    private static extern unsafe nint read(int descriptor, byte* bytes, nint count);

    [DllImport("libc")]
    private static extern nint write(int descriptor, byte[] bytes, nint count);

    [DllImport("libc")]
    private static extern int raise(int signal);

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern int getppid();
}
