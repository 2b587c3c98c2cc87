using PluginGateway.Configuration.Options;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>Bound of the messages that wait in the inbox, or in the outbox, with a share for each adapter. Half of the room is for any adapter; the
/// other half is divided evenly among the configured adapters, and the unused part of a share is for its adapter only: a flood of one leaves room for
/// the others. Any thread.</summary>
/// <param name="messages">The largest number of messages.</param>
/// <param name="bytes">The largest number of bytes.</param>
/// <param name="sharesAreSure">True: a message within its adapter's share is taken even when messages from before the start already exceed the
/// limit.</param>
internal sealed class MessageQuota(long messages, long bytes, bool sharesAreSure = false)
{
    /// <summary>Room of an adapter for presses of buttons and control words, beside that for messages.</summary>
    private static readonly Amount UrgentRoom = new(64, 1024 * 1024);

    private readonly object _gate = new();
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly Amount _limit = new(messages, bytes);
    private Amount _total;
    private Amount _urgent;
    private Amount _share;
    private Amount _kept;
    private bool _isDivided;

    public MessageQuota(InboxLimits limits)
        : this(limits.MaxPending, limits.MaxPendingBytes)
    {
    }

    public long Count => Read().Count;

    public long Bytes => Read().Bytes;

    /// <summary>Largest number of messages over all adapters.</summary>
    public long Most => messages;

    /// <summary>Divides the reserved half among these adapters.</summary>
    public void SetShares(IReadOnlyCollection<string> adapterIds)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var parts = 2 * Math.Max(1, adapterIds.Count);
            _share = new Amount(messages / parts, bytes / parts);
            _isDivided = true;
            foreach (var account in _accounts.Values) account.HasShare = false;
            foreach (var id in adapterIds) AccountOf(id).HasShare = true;
            foreach (var (id, account) in _accounts) ForgetIfLeft(id, account);
            _kept = default;
            foreach (var account in _accounts.Values) _kept += Kept(account);
        }
    }

    /// <summary>Reserves room for messages. An adapter with nothing pending only needs room, not a share: otherwise a message could be too large for
    /// ever.</summary>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="bytes">The size of all of them.</param>
    /// <param name="messages">Their number.</param>
    /// <param name="hasOwnRoom">True: presses of buttons and control words, for which there is room of their own where messages have none.</param>
    /// <param name="countsRefusal">True: without room they count as refused.</param>
    public bool TryReserve(string adapterId, long bytes, int messages = 1, bool hasOwnRoom = false, bool countsRefusal = true)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var account = AccountOf(adapterId);
            var message = new Amount(messages, bytes);
            if (HasRoom(account, message))
            {
                Change(adapterId, account, message);
                return true;
            }

            if (hasOwnRoom && (account.Urgent + message).Fits(UrgentRoom))
            {
                ChangeUrgent(account, message);
                return true;
            }

            if (countsRefusal) account.Refused += messages;
            ForgetIfLeft(adapterId, account);
            return false;
        }
    }

    /// <summary>Returns true when a small message would be taken now.</summary>
    public bool HasRoom(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate)) return HasRoom(_accounts.GetValueOrDefault(adapterId) ?? new Account(), new Amount(1, 0));
    }

    /// <summary>Counts a message that is pending regardless of the limits: it was accepted before the last start.</summary>
    public void Add(string adapterId, long bytes)
    {
        using (UninterruptibleLock.Enter(_gate)) Change(adapterId, AccountOf(adapterId), new Amount(1, bytes));
    }

    /// <summary>Gives back the room of messages.</summary>
    public void Release(string adapterId, long bytes, int messages = 1) => Release(adapterId, new Amount(messages, bytes));

    /// <summary>Gives back a part of a message's room.</summary>
    public void ReleaseState(string adapterId, long bytes) => Release(adapterId, new Amount(0, bytes));

    /// <summary>Number of pending messages of one adapter, and number of those refused since the start for lack of room.</summary>
    public (long Pending, long Refused) Of(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate))
            return _accounts.TryGetValue(adapterId, out var account) ? (account.Used.Count + account.Urgent.Count, account.Refused) : (0, 0);
    }

    /// <summary>Adapters whose messages are refused, in the order of their ids.</summary>
    public IReadOnlyList<string> Full()
    {
        using (UninterruptibleLock.Enter(_gate))
            return [.. _accounts.Where(pair => pair.Value.Used.Count > 0 && !HasRoom(pair.Value, new Amount(1, 0))).Select(static pair => pair.Key)
                .Order(StringComparer.Ordinal)];
    }

    /// <summary>Returns the adapter with most pending messages, and their number.</summary>
    public (string AdapterId, long Pending) Largest()
    {
        using (UninterruptibleLock.Enter(_gate))
            return _accounts.Count == 0
                ? ("", 0)
                : _accounts.MaxBy(static pair => pair.Value.Used.Count) is var most ? (most.Key, most.Value.Used.Count) : default;
    }

    private Amount Read()
    {
        using (UninterruptibleLock.Enter(_gate)) return _total + _urgent;
    }

    private Account AccountOf(string adapterId)
    {
        if (!_accounts.TryGetValue(adapterId, out var account)) _accounts.Add(adapterId, account = new Account());
        return account;
    }

    private bool HasRoom(Account account, Amount message)
    {
        if (sharesAreSure && account.HasShare && (account.Used + message).Fits(_share)) return true;
        // At most half is kept for others: with more adapters than messages their shares would exceed the whole room.
        var keptForOthers = account.Used.Count == 0 ? default : (_kept - Kept(account)).AtMost(new Amount(_limit.Count / 2, _limit.Bytes / 2));
        return (_total + message + keptForOthers).Fits(_limit);
    }

    /// <summary>Gives back room, that of urgent events first: it is free again as soon as anything of the adapter ends.</summary>
    private void Release(string adapterId, Amount amount)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var account = AccountOf(adapterId);
            var ofUrgent = account.Urgent.AtMost(amount).NotNegative;
            if (ofUrgent != default) ChangeUrgent(account, default(Amount) - ofUrgent);
            Change(adapterId, account, ofUrgent - amount);
        }
    }

    private void ChangeUrgent(Account account, Amount by) => (account.Urgent, _urgent) = (account.Urgent + by, _urgent + by);

    private void Change(string adapterId, Account account, Amount by)
    {
        _kept -= Kept(account);
        account.Used += by;
        _total += by;
        _kept += Kept(account);
        ForgetIfLeft(adapterId, account);
    }

    /// <summary>An id that is not configured goes with the last message of it.</summary>
    private void ForgetIfLeft(string adapterId, Account account)
    {
        if (_isDivided && !account.HasShare && account.Used == default && account.Urgent == default) _accounts.Remove(adapterId);
    }

    /// <summary>Returns the room that is reserved for an adapter: a message at least, regardless of the number of adapters.</summary>
    private Amount Kept(Account account) =>
        account.HasShare ? (new Amount(Math.Max(1, _share.Count), _share.Bytes) - account.Used).NotNegative : default;

    private sealed class Account
    {
        public Amount Used { get; set; }

        /// <summary>Part of its messages that is in the room for presses and control words.</summary>
        public Amount Urgent { get; set; }

        public bool HasShare { get; set; }

        public long Refused { get; set; }
    }

    private readonly record struct Amount(long Count, long Bytes)
    {
        public Amount NotNegative => new(Math.Max(0, Count), Math.Max(0, Bytes));

        public Amount AtMost(Amount most) => new(Math.Min(most.Count, Count), Math.Min(most.Bytes, Bytes));

        public bool Fits(Amount limit) => Count <= limit.Count && Bytes <= limit.Bytes;

        public static Amount operator +(Amount a, Amount b) => new(a.Count + b.Count, a.Bytes + b.Bytes);

        public static Amount operator -(Amount a, Amount b) => new(a.Count - b.Count, a.Bytes - b.Bytes);
    }
}
