using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginGateway.PeerTests.Servers.Telegram;

/// <summary>The updates of one bot, kept until a later question acknowledges them; written after the open source of Telegram's own server. One poll
/// waits at a time: a newer one ends the older with 409.</summary>
internal sealed class UpdateQueue
{
    public const int LongestPoll = 50;

    /// <summary>Kinds that are delivered only to who asks for them by name.</summary>
    private static readonly HashSet<string> OnlyWhenNamed = ["chat_member", "message_reaction", "message_reaction_count"];

    private static readonly TimeSpan ConflictPause = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly List<(long Id, string Json)> _waiting = [];
    private HashSet<string>? _allowed;
    private TaskCompletionSource<string?>? _poll;
    private long _next = 730_000_001;
    private long _lastOffset;
    private DateTimeOffset _lastAsked;
    private DateTimeOffset _nextConflict;

    /// <summary>How many 409 were answered.</summary>
    public int Conflicts { get; private set; }

    /// <summary>Updates that nobody has acknowledged.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>Puts an update at the end; what stands in for its id is filled in.</summary>
    public long Add(Func<long, string> update)
    {
        lock (_lock)
        {
            var id = _next++;
            _waiting.Add((id, update(id)));
            _poll?.TrySetResult(null);
            return id;
        }
    }

    /// <summary>Puts an update of a kind at the end; 0: nobody has asked for this kind, and it is dropped.</summary>
    public long Add(string kind, JsonObject content) =>
        IsAllowed(kind) ? Add(id => new JsonObject { ["update_id"] = id, [kind] = content }.ToJsonString()) : 0;

    /// <summary>Takes <c>allowed_updates</c>: without it the last ones stay, and an empty list is every kind but those that must be named. It is
    /// about what comes from now on.</summary>
    public void Allow(BotRequest request)
    {
        if (request.Json("allowed_updates") is not JsonArray kinds) return;
        lock (_lock) _allowed = kinds.Count == 0 ? null : [.. kinds.Select(static kind => (string)kind!)];
    }

    /// <summary>As after a week without updates: the ids go on from elsewhere.</summary>
    public void JumpTo(long next)
    {
        lock (_lock) _next = next;
    }

    /// <summary>The oldest update, without acknowledging it.</summary>
    public (long Id, string Json)? Peek()
    {
        lock (_lock) return _waiting.Count > 0 ? _waiting[0] : null;
    }

    public void Remove(long id)
    {
        lock (_lock) _waiting.RemoveAll(update => update.Id == id);
    }

    public void Clear()
    {
        lock (_lock) _waiting.Clear();
    }

    /// <summary>Ends the poll that waits.</summary>
    public void Terminate(string reason)
    {
        lock (_lock) _poll?.TrySetResult(reason);
    }

    public async Task<BotReply> PollAsync(BotRequest request, CancellationToken cancellationToken)
    {
        var (offset, limit, wait) = ((long)request.Number("offset", 0), Math.Clamp(request.Number("limit", 100), 1, 100),
            Math.Clamp(request.Number("timeout", 0), 0, LongestPoll));
        Allow(request);
        TaskCompletionSource<string?> mine;
        lock (_lock)
        {
            var now = DateTimeOffset.UtcNow;
            var isSame = offset == _lastOffset;
            if (isSame && wait < 3 && now < _lastAsked + TimeSpan.FromSeconds(3)) wait = 3;
            if (isSame && now < _lastAsked + TimeSpan.FromSeconds(0.5)) limit = 1;
            (_lastOffset, _lastAsked) = (offset, now);
            Forget(offset);
            if (_waiting.Count > 0 || wait == 0) return Batch(offset, limit);
            _poll?.TrySetResult("terminated by other getUpdates request; make sure that only one bot instance is running");
            _poll = mine = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            if (await mine.Task.WaitAsync(TimeSpan.FromSeconds(wait), cancellationToken) is { } conflict) return await ConflictAsync(conflict);
        }
        catch (TimeoutException)
        {
            // Nothing came.
        }
        finally
        {
            lock (_lock)
            {
                if (_poll == mine) _poll = null;
            }
        }

        lock (_lock) return Batch(offset, limit);
    }

    public async Task<BotReply> ConflictAsync(string why)
    {
        bool isSoon;
        lock (_lock)
        {
            Conflicts++;
            isSoon = DateTimeOffset.UtcNow < _nextConflict;
            if (!isSoon) _nextConflict = DateTimeOffset.UtcNow + ConflictPause;
        }

        if (isSoon) await Task.Delay(ConflictPause);
        return BotReply.Fail(409, $"Conflict: {why}");
    }

    private bool IsAllowed(string kind)
    {
        lock (_lock) return _allowed?.Contains(kind) ?? !OnlyWhenNamed.Contains(kind);
    }

    private void Forget(long offset)
    {
        if (offset < 0) _waiting.RemoveRange(0, Math.Max(0, _waiting.Count + (int)Math.Max(offset, -int.MaxValue)));
        else if (offset <= _next) _waiting.RemoveAll(update => update.Id < offset);
    }

    /// <summary>From an offset that has not been reached yet: from the head.</summary>
    private BotReply Batch(long offset, int limit)
    {
        var from = offset > _next ? 0 : offset;
        return new BotReply(200, string.Create(CultureInfo.InvariantCulture,
            $"{{\"ok\":true,\"result\":[{string.Join(',', _waiting.Where(update => update.Id >= from).Take(limit).Select(static update => update.Json))}]}}"));
    }
}
