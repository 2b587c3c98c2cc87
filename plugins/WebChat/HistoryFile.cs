using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Log on disk: one JSON object a line, one file a generation, so that a retired generation that still writes never writes into a newer
/// one's file.</summary>
internal sealed class HistoryFile : IDisposable
{
    private const string NamePrefix = "history-";
    private const string NameSuffix = ".jsonl";
    private const byte LineEnd = (byte)'\n';

    private readonly string _directory;
    private readonly int _generation;
    private FileStream _stream;

    private HistoryFile(string directory, int generation, FileStream stream)
    {
        _directory = directory;
        _generation = generation;
        _stream = stream;
    }

    /// <summary>Length of this generation's file.</summary>
    public long Length => _stream.Length;

    /// <summary>Claims the log for this generation. From now on an older generation finds it when it checks.</summary>
    public static HistoryFile Claim(string directory, int generation)
    {
        var stream = OpenForAppend(PathOf(directory, generation));

        // A torn last line must not corrupt the first line of this generation.
        if (stream.Length > 0) stream.WriteByte(LineEnd);
        return new HistoryFile(directory, generation, stream);
    }

    /// <summary>Reads every message of every generation, oldest first. Lines that do not parse, such as the torn last one after a crash, are left
    /// out.</summary>
    /// <returns>The bytes read and how many lines were left out.</returns>
    public (long Bytes, int Files, int Unreadable) ReadAll(Action<ChatEntry, int> onEntry)
    {
        long bytes = 0;
        var unreadable = 0;
        var generations = Generations().Order().ToArray();
        foreach (var generation in generations)
        {
            using var stream = new FileStream(PathOf(_directory, generation),
                new FileStreamOptions { Mode = FileMode.Open, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 128 * 1024 });
            bytes += stream.Length;
            unreadable += ReadLines(stream, onEntry);
        }

        return (bytes, generations.Length, unreadable);
    }

    /// <summary>True when a newer generation has claimed the log: it may have read the log before this generation's last lines.</summary>
    public bool IsTakenOver() => Generations().Any(generation => generation > _generation);

    /// <summary>Appends lines and waits for the disk.</summary>
    public void Append(ReadOnlySpan<byte> lines)
    {
        _stream.Write(lines);
        _stream.Flush(flushToDisk: true);
    }

    /// <summary>Writes the kept messages into a new file, which replaces this generation's file, and removes the older ones. A crash at any point
    /// leaves a readable log in the same order.</summary>
    public void Compact(IEnumerable<ChatEntry> kept)
    {
        var path = PathOf(_directory, _generation);
        var fresh = path + ".new";
        File.Delete(fresh);
        using (var stream = OpenForAppend(fresh))
        {
            var line = new ArrayBufferWriter<byte>();
            foreach (var entry in kept)
            {
                line.ResetWrittenCount();
                WriteLine(line, entry);
                stream.Write(line.WrittenSpan);
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        _stream.Dispose();
        _stream = OpenForAppend(path);
        // The newest first: where a crash leaves some of them, they are read before this file, and only the oldest may be.
        foreach (var older in Generations().Where(generation => generation < _generation).OrderDescending().ToArray())
            File.Delete(PathOf(_directory, older));
    }

    /// <summary>Writes one message as a line.</summary>
    /// <returns>Its length in bytes.</returns>
    public static int WriteLine(ArrayBufferWriter<byte> lines, ChatEntry entry)
    {
        var before = lines.WrittenCount;
        using (var json = new Utf8JsonWriter(lines, ChatJson.WriterOptions)) JsonSerializer.Serialize(json, entry, ChatJson.Default.ChatEntry);
        lines.Write([LineEnd]);
        return lines.WrittenCount - before;
    }

    public void Dispose() => _stream.Dispose();

    private static string PathOf(string directory, int generation) =>
        Path.Combine(directory, NamePrefix + generation.ToString(CultureInfo.InvariantCulture) + NameSuffix);

    private static FileStream OpenForAppend(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static int ReadLines(FileStream stream, Action<ChatEntry, int> onEntry)
    {
        var unreadable = 0;
        var buffer = new byte[64 * 1024];
        var held = 0;
        for (int read; (read = stream.Read(buffer, held, buffer.Length - held)) > 0;)
        {
            var filled = buffer.AsSpan(0, held + read);
            for (int end; (end = filled.IndexOf(LineEnd)) >= 0; filled = filled[(end + 1)..])
            {
                if (end == 0) continue;
                if (Parse(filled[..end]) is { } entry) onEntry(entry, end + 1);
                else unreadable++;
            }

            held = filled.Length;
            filled.CopyTo(buffer);
            if (held == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        }

        return held > 0 ? unreadable + 1 : unreadable;
    }

    private static ChatEntry? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ChatJson.Default.ChatEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private IEnumerable<int> Generations()
    {
        foreach (var path in Directory.EnumerateFiles(_directory, NamePrefix + "*" + NameSuffix))
        {
            var name = Path.GetFileName(path.AsSpan());
            if (int.TryParse(name[NamePrefix.Length..^NameSuffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var generation))
                yield return generation;
        }
    }
}
