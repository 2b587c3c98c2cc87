using System.Diagnostics;
using System.Runtime.InteropServices;
using PluginGateway;

namespace Misbehaving;

public static partial class Sins
{
    /// <summary>Row 25: names what is no file where a file is asked for. Each attempt has to be answered.</summary>
    private static IEnumerable<(string Name, Deed Deed)> WithFiles() =>
    [
        ("replies-with-odd-files", static async (scene, token) =>
        {
            foreach (var path in OddFiles(scene))
            {
                var clock = Stopwatch.StartNew();
                var outcome = "sent";
                try
                {
                    await scene.Turn!.ReplyAsync(new Reply("a file") { Attachments = [new OutboundAttachment(path, AttachmentKind.File)] }, token);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    outcome = $"refused ({e.GetType().Name})";
                }

                scene.Log($"odd file {Path.GetFileName(path)}: {outcome} after {clock.Elapsed.TotalSeconds:0} s");
            }

            scene.Log("odd files: all answered");
        }),
        ("replies-with-100-megabytes", static async (scene, token) =>
        {
            try
            {
                await scene.Turn!.ReplyAsync(new string('x', 100_000_000), token);
                scene.Log("huge reply: sent");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                scene.Log($"huge reply: refused ({e.GetType().Name})");
            }
        }),
        Do("fetches-oddly", static scene =>
        {
            var path = scene.Fetching!.Path;
            switch (scene.Fetching.Attachment.Reference)
            {
                case "pipe":
                    mkfifo(path, 0x180);
                    break;
                case "folder":
                    Directory.CreateDirectory(path);
                    break;
                case "link":
                    File.CreateSymbolicLink(path, "/dev/zero");
                    break;
                default:
                    File.WriteAllBytes(path, new byte[1_000_000]);
                    Shrink(path);
                    break;
            }
        }),
    ];

    /// <summary>A pipe without a writer, a folder, a device without an end, a link to it, a file that gets shorter while it is read, one that is not
    /// there.</summary>
    private static string[] OddFiles(Scene scene)
    {
        string In(string name) => Path.Combine(scene.DataDirectory, name);
        File.Delete(In("link"));
        File.CreateSymbolicLink(In("link"), "/dev/zero");
        mkfifo(In("pipe"), 0x180);
        Directory.CreateDirectory(In("folder"));
        File.WriteAllBytes(In("shrinks"), new byte[20_000_000]);
        Shrink(In("shrinks"));
        return [In("pipe"), In("folder"), "/dev/zero", In("link"), In("shrinks"), In("nothing")];
    }

    /// <summary>Shorter and longer again and again, for some seconds.</summary>
    private static void Shrink(string path) => Thread(() =>
    {
        for (var end = Stopwatch.StartNew(); end.Elapsed < TimeSpan.FromSeconds(10); System.Threading.Thread.Sleep(5))
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                file.SetLength(file.Length > 100 ? 100 : 20_000_000);
            }
            catch (IOException)
            {
                // It has been taken away.
            }
        }
    });

    [DllImport("libc", SetLastError = true)]
    private static extern int mkfifo(string path, int mode);
}
