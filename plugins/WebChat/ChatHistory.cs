using System.Buffers;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Outcome of writing a message or a change of one.</summary>
internal enum WriteOutcome
{
    /// <summary>Written: the state is on disk.</summary>
    Durable,

    /// <summary>The history has no such message, or it is deleted: nothing was written.</summary>
    NotFound,

    /// <summary>The history was closed before: nothing was written.</summary>
    NotWritten,

    /// <summary>Uncertain: the state may be on disk.</summary>
    Unknown,
}

/// <summary>Durable conversations. One thread writes and alone changes the state: messages that come while the disk is busy are written with the next
/// flush, so many senders share one.</summary>
internal sealed class ChatHistory
{
    private const int MaxFiles = 8;
    private const long CompactionSlack = 1024 * 1024;

    private readonly object _gate = new();
    private readonly AdapterContext _context;
    private readonly HistoryFile _file;
    private readonly ChatIndex _index;
    private readonly ChatFiles _files;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Last reply of each conversation that an earlier generation has written, perhaps without publishing it. If that reply is sent again it
    /// is published; a reader that has it recognises it by its id.</summary>
    private readonly Dictionary<string, string> _lastRead = new(StringComparer.Ordinal);

    private List<Pending> _queue = [];
    private bool _closed;
    private long _compactAt;

    private ChatHistory(AdapterContext context, HistoryFile file, ChatIndex index, ChatFiles files)
    {
        _context = context;
        _file = file;
        _index = index;
        _files = files;
    }

    /// <summary>Completes when nothing is written any more: closed, failed, or taken over by a newer generation.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Number of flushes to disk.</summary>
    public int Flushes { get; private set; }

    /// <summary>Claims and reads the log, finds the files that it names, and starts the writer.</summary>
    /// <exception cref="IOException">The log cannot be read or written.</exception>
    public static ChatHistory Open(AdapterContext context, WebChatSettings settings, ChatFiles files)
    {
        var index = new ChatIndex(settings.MessagesPerConversation, settings.MaxConversations);
        var file = HistoryFile.Claim(context.DataDirectory, context.Generation);
        var history = new ChatHistory(context, file, index, files);
        try
        {
            var (bytes, logs, unreadable) = file.ReadAll(index.Put);
            foreach (var entry in index.All.Where(static entry => !entry.FromUser)) history._lastRead[entry.Conversation] = entry.Id;
            if (unreadable > 0)
                context.Log.Warning($"The chat history has {unreadable} unreadable line(s), left out: the traces of an interrupted write.");
            if (bytes > (2 * index.KeptBytes) + CompactionSlack || logs > MaxFiles) file.Compact(index.All);
            files.Load(index.All.SelectMany(static entry => entry.Files ?? []).Select(static named => named.Id).ToHashSet(StringComparer.Ordinal));
            files.Remove(index.TakeForgottenFiles());
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

    /// <summary>Returns the durable messages of a conversation, deleted ones too, in the order in which they became durable.</summary>
    public IReadOnlyList<ChatEntry> Read(string conversation)
    {
        lock (_gate) return _index.Read(conversation);
    }

    /// <summary>Returns the durable state of a message, or null if it is not kept.</summary>
    public ChatEntry? Find(EntryKey key)
    {
        lock (_gate) return _index.Find(key);
    }

    /// <summary>Appends a message unless it is there already. Completes when it is on disk, or will not be.</summary>
    public Task<WriteOutcome> AppendAsync(ChatEntry entry)
    {
        lock (_gate)
        {
            if (_index.Find(entry.Key) is not { } known) return Enqueue(new Pending(entry.Key, current => current ?? entry, isChange: false));
            if (!known.FromUser && _lastRead.Remove(known.Conversation, out var last) && last == known.Id) Publish(known, isChange: false);
            return Task.FromResult(WriteOutcome.Durable);
        }
    }

    /// <summary>Changes a message. Completes when the new state is on disk, or will not be. A change that changes nothing is published all the same:
    /// an earlier generation may have written it without publishing it.</summary>
    /// <param name="key">The message.</param>
    /// <param name="change">Returns the new state, the same instance for no change, or null if the message cannot be changed. It runs on the
    /// writer's thread.</param>
    public Task<WriteOutcome> ChangeAsync(EntryKey key, Func<ChatEntry, ChatEntry?> change)
    {
        lock (_gate) return Enqueue(new Pending(key, current => current is null ? null : change(current), isChange: true));
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

    private Task<WriteOutcome> Enqueue(Pending pending)
    {
        if (_closed) return Task.FromResult(WriteOutcome.NotWritten);
        _queue.Add(pending);
        if (_queue.Count == 1) Monitor.Pulse(_gate);
        return pending.Task;
    }

    private void Write()
    {
        var batch = new List<Pending>();
        var lines = new ArrayBufferWriter<byte>();
        try
        {
            while (Take(ref batch))
            {
                lines.ResetWrittenCount();
                Apply(batch, lines);
                if (lines.WrittenCount > 0)
                {
                    _file.Append(lines.WrittenSpan);
                    Flushes++;
                }

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

    /// <summary>Applies the changes of a batch in their order, and writes each new state as a line.</summary>
    private void Apply(List<Pending> batch, ArrayBufferWriter<byte> lines)
    {
        var states = new Dictionary<EntryKey, ChatEntry>();
        foreach (var pending in batch)
        {
            // Only this thread changes the index, so it reads without the lock.
            var current = states.GetValueOrDefault(pending.Key) ?? _index.Find(pending.Key);
            pending.State = pending.Change(current);
            if (pending.State is { IsDeleted: true }) pending.Unused = current?.Files;
            if (pending.State is null || ReferenceEquals(pending.State, current)) continue;
            pending.Bytes = HistoryFile.WriteLine(lines, pending.State);
            states[pending.Key] = pending.State;
        }
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
        List<ChatFile> unused = [.. batch.SelectMany(static pending => pending.Unused ?? [])];
        lock (_gate)
        {
            foreach (var pending in batch)
            {
                if (pending.Bytes > 0) _index.Put(pending.State!, pending.Bytes);
            }

            unused.AddRange(_index.TakeForgottenFiles());
        }

        // What names them is gone from the disk by now.
        _files.Remove(unused);

        foreach (var pending in batch)
        {
            if (pending.State is { } state && (pending.IsChange || pending.Bytes > 0)) Publish(state, pending.IsChange);
            pending.End(pending.State is null ? WriteOutcome.NotFound : WriteOutcome.Durable);
        }
    }

    private void Publish(ChatEntry entry, bool isChange)
    {
        if (isChange) _context.Events.Publish(TopicOf(entry.Conversation), ChatReplies.ChangeOf(entry));
        else if (!entry.FromUser && !entry.IsDeleted) _context.Events.Publish(TopicOf(entry.Conversation), ChatReplies.EventOf(entry));
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
        }

        foreach (var pending in unsettled) pending.End(WriteOutcome.Unknown);
        foreach (var pending in unwritten) pending.End(WriteOutcome.NotWritten);
        _file.Dispose();
        _ended.TrySetResult();
    }

    /// <summary>Message or change that waits to be written.</summary>
    private sealed class Pending(EntryKey key, Func<ChatEntry?, ChatEntry?> change, bool isChange)
    {
        private readonly TaskCompletionSource<WriteOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EntryKey Key { get; } = key;

        public Func<ChatEntry?, ChatEntry?> Change { get; } = change;

        public bool IsChange { get; } = isChange;

        /// <summary>State after the change; null: there is nothing to change.</summary>
        public ChatEntry? State { get; set; }

        /// <summary>Length of the written line; 0: nothing was to be written.</summary>
        public int Bytes { get; set; }

        /// <summary>Files of a message that is deleted, or null.</summary>
        public IReadOnlyList<ChatFile>? Unused { get; set; }

        public Task<WriteOutcome> Task => _outcome.Task;

        public void End(WriteOutcome outcome) => _outcome.TrySetResult(outcome);
    }
}
