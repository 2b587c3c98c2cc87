using System.Buffers;
using System.Collections.Concurrent;
using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>The log on disk, as the next generation reads it.</summary>
public sealed class HistoryFileTests
{
    private const int Generations = 30;

    /// <summary>A process that is killed while it removes the files that it has compacted leaves some of them, wherever the removal was.</summary>
    [Fact]
    public void Files_that_a_kill_leaves_after_a_compaction_do_not_change_the_order()
    {
        using var folder = new TemporaryDirectory();
        var entries = Enumerable.Range(1, Generations)
            .Select(static number => new ChatEntry("c", $"{number}", FromUser: false, "text", number)).ToArray();
        foreach (var entry in entries) Write(folder.Path, entry);
        var before = Directory.GetFiles(folder.Path).ToDictionary(static path => Path.GetFileName(path), File.ReadAllBytes);
        var removed = new BlockingCollection<string>();
        using (var watcher = new FileSystemWatcher(folder.Path, "*.jsonl"))
        {
            watcher.Deleted += (_, told) => removed.Add(told.Name!);
            watcher.EnableRaisingEvents = true;
            using (var last = HistoryFile.Claim(folder.Path, Generations)) last.Compact(entries);
            SpinWait.SpinUntil(() => removed.Count >= Generations - 1, TimeSpan.FromSeconds(30));
        }

        Assert.Equal(Generations - 1, removed.Count);
        // One more file that was still there at the kill, each time.
        foreach (var left in removed.Reverse())
        {
            File.WriteAllBytes(Path.Combine(folder.Path, left), before[left]);
            var index = new ChatIndex(messagesPerConversation: 200, maxConversations: 10);
            using (var next = HistoryFile.Claim(folder.Path, Generations + 1)) next.ReadAll(index.Put);
            Assert.Equal(entries.Select(static entry => entry.Id), index.Read("c").Select(static entry => entry.Id));
        }
    }

    private static void Write(string folder, ChatEntry entry)
    {
        var line = new ArrayBufferWriter<byte>();
        HistoryFile.WriteLine(line, entry);
        using var file = HistoryFile.Claim(folder, (int)entry.Time);
        file.Append(line.WrittenSpan);
    }
}
