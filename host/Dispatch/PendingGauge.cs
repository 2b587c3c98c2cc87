using PluginGateway.Configuration;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>How much has been accepted and not yet handled, and whose it is. Half of the room is for whoever comes first; the other half is divided evenly among the configured
/// adapters, and what one of them has not used of its share nobody else gets: a flood of one leaves the others room. Any thread.</summary>
internal sealed class PendingGauge(InboxLimits limits)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private Amount _total;
    private Amount _share;
    private Amount _kept;

    public long Count => Read().Count;

    public long Bytes => Read().Bytes;

    /// <summary>Divides the kept half anew.</summary>
    public void Divide(IReadOnlyCollection<string> adapterIds)
    {
        using (Held.On(_gate))
        {
            var parts = 2 * Math.Max(1, adapterIds.Count);
            _share = new Amount(limits.MaxPending / parts, limits.MaxPendingBytes / parts);
            foreach (var account in _accounts.Values) account.HasShare = false;
            foreach (var id in adapterIds) AccountOf(id).HasShare = true;
            _kept = default;
            foreach (var account in _accounts.Values) _kept += Kept(account);
        }
    }

    /// <summary>Makes room for a message, if there is any. What has nothing pending at all only needs room, not a share: no message is too large for ever.</summary>
    public bool TryReserve(string adapterId, long bytes)
    {
        using (Held.On(_gate))
        {
            var account = AccountOf(adapterId);
            var message = new Amount(1, bytes);
            var keptForOthers = account.Used.Count == 0 ? default : _kept - Kept(account);
            if (!(_total + message + keptForOthers).Fits(limits))
            {
                account.Refused++;
                return false;
            }

            Change(account, message);
            return true;
        }
    }

    /// <summary>Counts a message that is pending whatever the limits say: it was accepted before the last start.</summary>
    public void Add(string adapterId, long bytes)
    {
        using (Held.On(_gate)) Change(AccountOf(adapterId), new Amount(1, bytes));
    }

    public void Release(string adapterId, long bytes)
    {
        using (Held.On(_gate)) Change(AccountOf(adapterId), new Amount(-1, -bytes));
    }

    /// <summary>A message takes less room from now on.</summary>
    public void Shrink(string adapterId, long bytes)
    {
        using (Held.On(_gate)) Change(AccountOf(adapterId), new Amount(0, -bytes));
    }

    /// <summary>What is pending of one adapter, and how many of its messages were refused since the start because there was no room.</summary>
    public (long Pending, long Refused) Of(string adapterId)
    {
        using (Held.On(_gate)) return _accounts.TryGetValue(adapterId, out var account) ? (account.Used.Count, account.Refused) : (0, 0);
    }

    private Amount Read()
    {
        using (Held.On(_gate)) return _total;
    }

    private Account AccountOf(string adapterId)
    {
        if (!_accounts.TryGetValue(adapterId, out var account)) _accounts.Add(adapterId, account = new Account());
        return account;
    }

    private void Change(Account account, Amount by)
    {
        _kept -= Kept(account);
        account.Used += by;
        _total += by;
        _kept += Kept(account);
    }

    /// <summary>What is kept free for it.</summary>
    private Amount Kept(Account account) => account.HasShare ? (_share - account.Used).NotNegative : default;

    private sealed class Account
    {
        public Amount Used { get; set; }

        public bool HasShare { get; set; }

        public long Refused { get; set; }
    }

    private readonly record struct Amount(long Count, long Bytes)
    {
        public Amount NotNegative => new(Math.Max(0, Count), Math.Max(0, Bytes));

        public bool Fits(InboxLimits limits) => Count <= limits.MaxPending && Bytes <= limits.MaxPendingBytes;

        public static Amount operator +(Amount a, Amount b) => new(a.Count + b.Count, a.Bytes + b.Bytes);

        public static Amount operator -(Amount a, Amount b) => new(a.Count - b.Count, a.Bytes - b.Bytes);
    }
}
