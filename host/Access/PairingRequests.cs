using System.Collections.Concurrent;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>An open request for pairing, or a pairing: of a user, or of a group, which is admitted.</summary>
/// <param name="UserId">The user; empty for a group.</param>
/// <param name="Name">The user's name; for a group the name of the user who asked for it or admitted it.</param>
/// <param name="ExpiresUtc">Time at which the code of a request expires; null for a pairing.</param>
internal sealed record Pairing(string AdapterId, string UserId, string? Name, DateTimeOffset SinceUtc, DateTimeOffset? ExpiresUtc)
{
    /// <summary>The group; null for a user.</summary>
    public string? ChatId { get; init; }
}

/// <summary>Subject of a pairing: a user or a group. Stored as one text; no id of a platform contains a control character, so the two cannot be
/// confused.</summary>
internal readonly record struct PairingSubject(string Id, bool IsChat)
{
    private const char ChatMark = '\u0001';

    public string Key => IsChat ? ChatMark + Id : Id;

    public static PairingSubject Of(string key) => key.Length > 0 && key[0] == ChatMark ? new(key[1..], true) : new(key, false);
}

/// <summary>Result of an operator's request: durable (<paramref name="Pairing"/>), not found (both null), or refused by the store
/// (<paramref name="Failure"/>).</summary>
internal readonly record struct PairingResult(Pairing? Pairing, string? Failure);

/// <summary>Pairings and open requests of every adapter, kept in the store. Callbacks run on the store's writer and may only post. Any
/// thread.</summary>
/// <param name="store">Keeps them over restarts.</param>
/// <param name="deliver">Sends a code to the chat in which it was requested: adapter id, chat, code. On the store's writer: must only post.</param>
/// <param name="clock">The clock.</param>
internal sealed class PairingRequests(MessageStore store, Action<string, Chat, string> deliver, TimeProvider clock)
{
    /// <summary>Lifetime of a code.</summary>
    public static readonly TimeSpan CodeLife = TimeSpan.FromHours(1);

    /// <summary>Least time between two requests of the same user or group.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(10);

    /// <summary>Largest number of open requests of one adapter: strangers cannot make it send more codes.</summary>
    public const int MostRequests = 3;

    /// <summary>Time without a new code after which a new request replaces the oldest open one: three accounts cannot keep all others from
    /// asking.</summary>
    public static readonly TimeSpan DisplacedAfter = TimeSpan.FromMinutes(5);

    /// <summary>Largest number of groups of one adapter that paired users may admit by writing there.</summary>
    private const int MostGroups = 1000;

    private const int LongestName = 100;

    private readonly object _gate = new();
    private readonly ConcurrentDictionary<(string AdapterId, string UserId), PairingRow> _paired = new(
        store.FirstPairings.Where(static row => !row.IsRequest).Select(static row => KeyValuePair.Create((row.AdapterId, row.UserId), row)));

    /// <summary>Open and expired requests. Under the gate.</summary>
    private readonly Dictionary<(string AdapterId, string UserId), PairingRow> _requests =
        store.FirstPairings.Where(static row => row.IsRequest).ToDictionary(static row => (row.AdapterId, row.UserId));

    public bool IsPaired(string adapterId, string userId) => _paired.ContainsKey((adapterId, userId));

    /// <summary>Returns true when a group is admitted.</summary>
    public bool IsAdmitted(string adapterId, string chatId) => _paired.ContainsKey((adapterId, new PairingSubject(chatId, true).Key));

    /// <summary>Admits a group in which a paired user wrote. False when it was admitted before, or too many are.</summary>
    public bool Admit(string adapterId, Sender sender, string chatId)
    {
        if (IsAdmitted(adapterId, chatId)) return false;
        var row = new PairingRow(adapterId, new PairingSubject(chatId, true).Key, NameOf(sender) ?? sender.Id, Now, null, null);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_paired.Count(pair => pair.Key.AdapterId == adapterId && PairingSubject.Of(pair.Key.UserId).IsChat) >= MostGroups
                || !_paired.TryAdd((adapterId, row.UserId), row))
                return false;
            var request = _requests.GetValueOrDefault((adapterId, row.UserId));
            store.PutPairing(row, [], commandResult =>
            {
                if (!commandResult.IsDurable) _paired.TryRemove(KeyValuePair.Create((row.AdapterId, row.UserId), row));
                else if (request is not null) Forget(request);
            });
        }

        return true;
    }

    /// <summary>Opens a request of a stranger, or of a group that is not admitted, and sends its code, if there is room for a request and the last
    /// one is long enough ago. False when nothing is sent.</summary>
    public bool Ask(string adapterId, Sender sender, Chat chat)
    {
        var now = Now;
        string code;
        using (UninterruptibleLock.Enter(_gate))
        {
            var key = (adapterId, chat.Kind == ChatKind.Direct ? sender.Id : new PairingSubject(chat.Id, true).Key);
            var known = _requests.GetValueOrDefault(key);
            if (known is not null && IsWithin(known, now, AskAgainAfter)) return false;
            var ofAdapter = _requests.Values.Where(row => row.AdapterId == adapterId).ToArray();
            var open = ofAdapter.Where(row => row != known && IsWithin(row, now, CodeLife)).OrderBy(static row => row.SinceUtc).ToArray();
            if (open.Length >= MostRequests && IsWithin(open[^1], now, DisplacedAfter)) return false;
            code = PairingCode.Make();
            var sealedCode = PairingCode.Seal(code, store.Secret);
            var row = new PairingRow(adapterId, key.Item2, NameOf(sender), now, sealedCode.Salt, sealedCode.Hash);
            PairingRow[] forgotten = [
                .. ofAdapter.Where(row => row != known && !IsWithin(row, now, CodeLife)), .. open.Length >= MostRequests ? open[..1] : []];
            foreach (var old in forgotten) _requests.Remove((old.AdapterId, old.UserId));
            _requests[key] = row;
            store.PutPairing(row, forgotten, commandResult =>
            {
                if (commandResult.IsDurable) deliver(adapterId, chat, code);
                else Forget(row);
            });
        }

        return true;
    }

    /// <summary>Returns every pairing and every request that has not expired, in the order of adapters and times.</summary>
    public IReadOnlyList<Pairing> List()
    {
        var now = Now;
        PairingRow[] rows;
        using (UninterruptibleLock.Enter(_gate)) rows = [.. _paired.Values, .. _requests.Values.Where(row => IsWithin(row, now, CodeLife))];
        return [.. rows.OrderBy(static row => row.AdapterId, StringComparer.Ordinal).ThenBy(static row => row.SinceUtc).Select(Describe)];
    }

    /// <summary>Pairs the user or group that was sent this code, and uses the code up.</summary>
    public void Approve(string code, Action<PairingResult> done)
    {
        var now = Now;
        using (UninterruptibleLock.Enter(_gate))
        {
            // Every request is compared, whichever matches: the time taken reveals nothing.
            var fitting = _requests.Values.Where(row => IsWithin(row, now, CodeLife)).ToArray()
                .Where(row => PairingCode.Fits(code, new SealedCode(row.Salt!, row.Hash!), store.Secret)).ToArray();
            if (fitting is not [var request, ..])
            {
                done(default);
                return;
            }

            var paired = request with { SinceUtc = now, Salt = null, Hash = null };
            store.PutPairing(paired, [], commandResult =>
            {
                if (commandResult.IsDurable)
                {
                    _paired[(paired.AdapterId, paired.UserId)] = paired;
                    Forget(request);
                }

                done(Conclude(paired, commandResult));
            });
        }
    }

    /// <summary>Pairs a user, or admits a group, by id and without a code.</summary>
    public void Approve(string adapterId, PairingSubject subject, Action<PairingResult> done)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var request = _requests.GetValueOrDefault((adapterId, subject.Key));
            var paired = new PairingRow(
                adapterId, subject.Key, request?.Name ?? _paired.GetValueOrDefault((adapterId, subject.Key))?.Name, Now, null, null);
            store.PutPairing(paired, [], commandResult =>
            {
                if (commandResult.IsDurable)
                {
                    _paired[(adapterId, subject.Key)] = paired;
                    if (request is not null) Forget(request);
                }

                done(Conclude(paired, commandResult));
            });
        }
    }

    /// <summary>Removes a pairing or a request.</summary>
    public void Revoke(string adapterId, string userId, Action<PairingResult> done) => Revoke(adapterId, new PairingSubject(userId, false), done);

    /// <summary>Removes a pairing or a request.</summary>
    public void Revoke(string adapterId, PairingSubject subject, Action<PairingResult> done)
    {
        var userId = subject.Key;
        var now = Now;
        using (UninterruptibleLock.Enter(_gate))
        {
            var request = _requests.GetValueOrDefault((adapterId, userId)) is { } open && IsWithin(open, now, CodeLife) ? open : null;
            if ((_paired.GetValueOrDefault((adapterId, userId)) ?? request) is not { } known)
            {
                done(default);
                return;
            }

            store.RemovePairing(known, commandResult =>
            {
                if (commandResult.IsDurable)
                {
                    _paired.TryRemove((adapterId, userId), out _);
                    if (request is not null) Forget(request);
                }

                done(Conclude(known, commandResult));
            });
        }
    }

    /// <summary>The current time in whole milliseconds, as the database stores it.</summary>
    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Returns true within the lifetime. False before its begin, so that a clock that is set back prolongs nothing.</summary>
    private static bool IsWithin(PairingRow row, DateTimeOffset now, TimeSpan life) => now >= row.SinceUtc && now - row.SinceUtc < life;

    private static string? NameOf(Sender sender) => sender.Name is { Length: > LongestName } name ? name[..LongestName] : sender.Name;

    private static Pairing Describe(PairingRow row)
    {
        var subject = PairingSubject.Of(row.UserId);
        return new(row.AdapterId, subject.IsChat ? "" : subject.Id, row.Name, row.SinceUtc, row.IsRequest ? row.SinceUtc + CodeLife : null)
        {
            ChatId = subject.IsChat ? subject.Id : null
        };
    }

    private static PairingResult Conclude(PairingRow row, CommandResult<bool> commandResult) =>
        commandResult.Failure is { } failure ? new(null, failure.Message) : new(Describe(row), null);

    private void Forget(PairingRow request)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var key = (request.AdapterId, request.UserId);
            if (_requests.GetValueOrDefault(key) == request) _requests.Remove(key);
        }
    }
}
