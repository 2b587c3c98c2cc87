using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Files of the conversations on disk, each with a line of JSON before its bytes that has its name and media type. A file is of a message,
/// or it waits for one: a file that no message names within a day, such as that of a killed send, is removed at the next start. Any thread.</summary>
internal sealed class ChatFiles(AdapterContext context, WebChatSettings settings)
{
    /// <summary>Largest file in bytes: an adapter in a process of its own answers a request with at most 16 MiB.</summary>
    public const int MaxBytes = 15 * 1024 * 1024;

    private const long Mebibyte = 1024 * 1024;
    private const long MostWaitingOfConversation = 20 * Mebibyte;
    private const long MostWaiting = 128 * Mebibyte;
    private const int BlockBytes = 4096;
    private const int GroupLength = 16;
    private const int IdLength = 32;
    private const byte LineEnd = (byte)'\n';

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly string _folder = Path.Combine(context.DataDirectory, "files");
    private readonly FilePool _ofMessages = new(settings.FileMegabytesPerConversation * Mebibyte, settings.FileMegabytes * Mebibyte);
    private readonly FilePool _waiting = new(MostWaitingOfConversation, MostWaiting);

    /// <summary>Bytes that the files of one conversation may have.</summary>
    public long MostOfConversation => settings.FileMegabytesPerConversation * Mebibyte;

    /// <summary>Finds the files on disk, oldest first, and removes those that are over a bound or that no message names after a day.</summary>
    /// <param name="named">Ids of the files that messages name.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public void Load(IReadOnlySet<string> named)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_folder);
        else Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var now = context.Clock.GetUtcNow();
        lock (_gate)
        {
            foreach (var info in new DirectoryInfo(_folder).EnumerateFiles().OrderBy(static info => info.LastWriteTimeUtc))
            {
                if (info.Name.Split('-') is not [{ Length: GroupLength } group, { Length: IdLength } id]) continue;
                var file = new StoredFile(id, group, BytesOnDisk(info.Length));
                if (named.Contains(id)) Delete(_ofMessages.Add(file));
                else if (now - info.LastWriteTimeUtc > LongestWait) Delete([file]);
                else Delete(_waiting.Add(file));
            }
        }
    }

    /// <summary>Writes a file and waits for the disk.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="name">The name as it was given, or null.</param>
    /// <param name="contentType">The media type as it was given, or null.</param>
    /// <param name="content">The bytes; a stream that can seek.</param>
    /// <param name="isOfMessage">False: it waits for a message that names it.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public ChatFile Keep(string conversation, string? name, string? contentType, Stream content, bool isOfMessage)
    {
        Span<byte> start = stackalloc byte[16];
        start = start[..content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        content.Position = 0;
        var id = RandomNumberGenerator.GetHexString(IdLength, lowercase: true);
        var kept = new ChatFile(id, FileType.NameOf(name), FileType.Of(contentType, start), content.Length);
        var file = new StoredFile(id, GroupOf(conversation), BytesOnDisk(content.Length));
        Write(PathOf(file), kept, content);
        lock (_gate) Delete((isOfMessage ? _ofMessages : _waiting).Add(file));
        return kept;
    }

    /// <summary>Returns the file that waits in a conversation for a message, or null.</summary>
    public ChatFile? FindWaiting(string conversation, string id)
    {
        StoredFile? file;
        lock (_gate) file = _waiting.Find(id);
        return file is not null && file.Group == GroupOf(conversation) ? Read(file)?.File : null;
    }

    /// <summary>Makes waiting files those of a message.</summary>
    public void Take(IReadOnlyList<ChatFile> files)
    {
        lock (_gate)
        {
            foreach (var file in files)
            {
                if (_waiting.Remove(file.Id) is { } waiting) Delete(_ofMessages.Add(waiting));
            }
        }
    }

    /// <summary>Removes files.</summary>
    public void Remove(IReadOnlyList<ChatFile> files)
    {
        lock (_gate)
        {
            foreach (var file in files)
            {
                if ((_ofMessages.Remove(file.Id) ?? _waiting.Remove(file.Id)) is { } stored) Delete([stored]);
            }
        }
    }

    /// <summary>True while the file of a message is kept.</summary>
    public bool Has(string id)
    {
        lock (_gate) return _ofMessages.Find(id) is not null;
    }

    /// <summary>Returns a file with its bytes, or null if it is not kept.</summary>
    /// <param name="id">The id of the file.</param>
    /// <param name="mayWait">False: a file of a message only, so that a stranger, whose messages are refused, publishes nothing here.</param>
    public (ChatFile File, ReadOnlyMemory<byte> Bytes)? Read(string id, bool mayWait)
    {
        StoredFile? stored;
        lock (_gate) stored = _ofMessages.Find(id) ?? (mayWait ? _waiting.Find(id) : null);
        return stored is null ? null : Read(stored);
    }

    private static long BytesOnDisk(long length) => Math.Max(length, BlockBytes);

    /// <summary>Returns the group of a conversation: names of files do not tell its id, by which everybody can read it.</summary>
    private static string GroupOf(string conversation) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(conversation)))[..GroupLength];

    private static void Write(string path, ChatFile header, Stream content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 128 * 1024 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using var stream = new FileStream(path, options);
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(header, ChatJson.Default.ChatFile));
            stream.WriteByte(LineEnd);
            content.CopyTo(stream);
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private (ChatFile File, ReadOnlyMemory<byte> Bytes)? Read(StoredFile stored)
    {
        try
        {
            var bytes = File.ReadAllBytes(PathOf(stored));
            var end = bytes.AsSpan().IndexOf(LineEnd);
            return end >= 0 && JsonSerializer.Deserialize(bytes.AsSpan(0, end), ChatJson.Default.ChatFile) is { } file
                ? (file, bytes.AsMemory(end + 1))
                : null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private string PathOf(StoredFile file) => Path.Combine(_folder, $"{file.Group}-{file.Id}");

    private void Delete(List<StoredFile> files)
    {
        foreach (var file in files)
        {
            try
            {
                File.Delete(PathOf(file));
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                context.Log.Warning("A file that is no longer needed could not be deleted; the next start tries again.", failed);
            }
        }
    }
}
