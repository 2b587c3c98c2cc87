using System.Buffers;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Outcome of writing a message.</summary>
internal enum AppendOutcome
{
    /// <summary>Written: the message is on disk.</summary>
    Durable,

    /// <summary>The history was closed before: nothing was written.</summary>
    NotWritten,

    /// <summary>Uncertain: the message may be on disk.</summary>
    Unknown,
}

/// <summary>Durable conversations. One thread writes: entries that come while the disk is busy are written with the next flush, so many senders share
/// one.</summary>
internal sealed class ChatHistory
{
    private const int MaxFiles = 8;
    private const long CompactionSlack = 1024 * 1024;

    private readonly object _gate = new();
    private readonly AdapterContext _context;
    private readonly HistoryFile _file;
    private readonly ChatIndex _index;
    private readonly Dictionary<(string Conversation, bool FromUser, string Id), Pending> _pending = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Last reply of each conversation that an earlier generation has written, perhaps without publishing it. If that reply is sent again it
    /// is published; a reader that has it recognises it by its id.</summary>
    private readonly Dictionary<string, string> _lastRead = new(StringComparer.Ordinal);

    private List<Pending> _queue = [];
    private bool _closed;
    private long _compactAt;

    private ChatHistory(AdapterContext context, HistoryFile file, ChatIndex index)
    {
        _context = context;
        _file = file;
        _index = index;
    }

    /// <summary>Completes when nothing is written any more: closed, failed, or taken over by a newer generation.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Number of flushes to disk.</summary>
    public int Flushes { get; private set; }

    /// <summary>Claims and reads the log, and starts the writer.</summary>
    /// <exception cref="IOException">The log cannot be read or written.</exception>
    public static ChatHistory Open(AdapterContext context, WebChatSettings settings)
    {
        var index = new ChatIndex(settings.MessagesPerConversation, settings.MaxConversations);
        var file = HistoryFile.Claim(context.DataDirectory, context.Generation);
        var history = new ChatHistory(context, file, index);
        try
        {
            var (bytes, files, unreadable) = file.ReadAll((entry, length) =>
            {
                index.Add(entry, length);
                if (!entry.FromUser) history._lastRead[entry.Conversation] = entry.Id;
            });
            if (unreadable > 0)
                context.Log.Warning($"The chat history has {unreadable} unreadable line(s), left out: the traces of an interrupted write.");
            if (bytes > (2 * index.KeptBytes) + CompactionSlack || files > MaxFiles) file.Compact(index.All);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        history._compactAt = history.NextCompaction();
        new Thread(history.Write) { IsBackground = true, Name = $"{context.AdapterId} history" }.UnsafeStart();
        return history;
    }

    /// <summary>Returns the event topic of a conversation.</summary>
    public static string TopicOf(string conversation) => "conversation/" + conversation;

    /// <summary>Returns the durable messages of a conversation, in the order in which they became durable.</summary>
    public IReadOnlyList<ChatEntry> Read(string conversation)
    {
        lock (_gate) return _index.Read(conversation);
    }

    /// <summary>Appends a message unless it is there already. Completes when it is on disk, or will not be.</summary>
    public Task<AppendOutcome> AppendAsync(ChatEntry entry)
    {
        lock (_gate)
        {
            if (_index.Contains(entry))
            {
                if (!entry.FromUser && _lastRead.Remove(entry.Conversation, out var last) && last == entry.Id) Publish(entry);
                return Task.FromResult(AppendOutcome.Durable);
            }

            if (_pending.TryGetValue(KeyOf(entry), out var waiting)) return waiting.Task;
            if (_closed) return Task.FromResult(AppendOutcome.NotWritten);
            var pending = new Pending(entry);
            _pending.Add(KeyOf(entry), pending);
            _queue.Add(pending);
            if (_queue.Count == 1) Monitor.Pulse(_gate);
            return pending.Task;
        }
    }

    /// <summary>Writes the waiting entries, then closes.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }

        return Ended;
    }

    private static (string Conversation, bool FromUser, string Id) KeyOf(ChatEntry entry) => (entry.Conversation, entry.FromUser, entry.Id);

    private void Write()
    {
        var batch = new List<Pending>();
        var lines = new ArrayBufferWriter<byte>();
        try
        {
            while (Take(ref batch))
            {
                lines.ResetWrittenCount();
                foreach (var pending in batch) pending.Bytes = HistoryFile.WriteLine(lines, pending.Entry);
                _file.Append(lines.WrittenSpan);
                Flushes++;

                // If the newer generation claimed the log after this flush, it reads these lines; if before, it may have missed them, so the sender
                // must ask it.
                if (_file.IsTakenOver()) break;
                Settle(batch);
                if (_file.Length > _compactAt) Compact();
            }
        }
        catch (Exception failed)
        {
            // After a failed write or flush the content of the file is unknown: the next generation starts a new one.
            _context.ReportFatal(new PluginFault("history-failed", $"The chat history could not be written: {failed.Message}"));
        }

        End(batch);
    }

    private bool Take(ref List<Pending> batch)
    {
        batch.Clear();
        lock (_gate)
        {
            while (_queue.Count == 0 && !_closed) Monitor.Wait(_gate);
            (_queue, batch) = (batch, _queue);
        }

        return batch.Count > 0;
    }

    private void Settle(List<Pending> batch)
    {
        lock (_gate)
        {
            foreach (var pending in batch)
            {
                _index.Add(pending.Entry, pending.Bytes);
                _pending.Remove(KeyOf(pending.Entry));
            }
        }

        foreach (var pending in batch)
        {
            Publish(pending.Entry);
            pending.End(AppendOutcome.Durable);
        }
    }

    private void Publish(ChatEntry entry)
    {
        if (!entry.FromUser) _context.Events.Publish(TopicOf(entry.Conversation), ChatReplies.EventOf(entry));
    }

    private void Compact()
    {
        try
        {
            _file.Compact(_index.All);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            _context.Log.Warning("The chat history could not be compacted; it goes on growing for now.", failed);
        }

        _compactAt = NextCompaction();
    }

    private long NextCompaction() => (2 * Math.Max(_index.KeptBytes, _file.Length)) + CompactionSlack;

    private void End(List<Pending> unsettled)
    {
        List<Pending> unwritten;
        lock (_gate)
        {
            _closed = true;
            unwritten = _queue;
            _queue = [];
            _pending.Clear();
        }

        foreach (var pending in unsettled) pending.End(AppendOutcome.Unknown);
        foreach (var pending in unwritten) pending.End(AppendOutcome.NotWritten);
        _file.Dispose();
        _ended.TrySetResult();
    }

    private sealed class Pending(ChatEntry entry)
    {
        private readonly TaskCompletionSource<AppendOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ChatEntry Entry { get; } = entry;

        public int Bytes { get; set; }

        public Task<AppendOutcome> Task => _outcome.Task;

        public void End(AppendOutcome outcome) => _outcome.TrySetResult(outcome);
    }
}
