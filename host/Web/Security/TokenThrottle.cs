using System.Net;
using PluginGateway.Threads;

namespace PluginGateway.Web.Security;

/// <summary>Counts wrong tokens by address: after ten in a minute wrong ones from that address get 429 until the minute is over, and where the right
/// one can be guessed only one token a second is checked. Bounded: addresses over the limit share one count.</summary>
internal sealed class TokenThrottle(TimeProvider clock)
{
    /// <summary>Wrong tokens of one address in one window.</summary>
    public const int Allowed = 10;

    /// <summary>Length of a window.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Interval at which a token is checked after that, with ten in reserve: enough for the right one, too seldom for a
    /// dictionary.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private const int LooksInReserve = 10;
    private const int MaxAddresses = 4096;
    private const string Crowd = ClientAddress.Unknown;

    private readonly object _gate = new();
    private readonly Dictionary<string, Attempts> _byAddress = new(StringComparer.Ordinal);

    /// <summary>Returns the time for which wrong tokens of this address get 429; zero: they are not refused.</summary>
    public TimeSpan WaitOf(IPAddress? address)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (Of(address) is not { } guesses) return TimeSpan.Zero;
            var left = Window - clock.GetElapsedTime(guesses.Since);
            return guesses.Count >= Allowed && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Takes one of the checks that an address has while its wrong tokens get 429. False: none is left.</summary>
    public bool MayLook(IPAddress? address)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (Of(address) is not { } guesses) return true;
            var spent = guesses.SpentUntil - clock.GetElapsedTime(guesses.Since);
            if (spent > LooksInReserve * LookEvery) return false;
            guesses.SpentUntil += spent < TimeSpan.Zero ? LookEvery - spent : LookEvery;
            return true;
        }
    }

    /// <summary>Counts a wrong token from this address.</summary>
    public void Count(IPAddress? address)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var key = ClientAddress.KeyOf(address);
            if (!_byAddress.ContainsKey(key) && _byAddress.Count >= MaxAddresses)
            {
                foreach (var (old, _) in _byAddress.Where(pair => clock.GetElapsedTime(pair.Value.Since) >= Window).ToArray()) _byAddress.Remove(old);
                if (_byAddress.Count >= MaxAddresses) key = Crowd;
            }

            if (!_byAddress.TryGetValue(key, out var guesses) || clock.GetElapsedTime(guesses.Since) >= Window)
                _byAddress[key] = guesses = new Attempts(clock.GetTimestamp());
            guesses.Count++;
        }
    }

    private Attempts? Of(IPAddress? address) =>
        _byAddress.TryGetValue(ClientAddress.KeyOf(address), out var guesses)
        || (_byAddress.Count >= MaxAddresses && _byAddress.TryGetValue(Crowd, out guesses)) ? guesses : null;

    private sealed class Attempts(long since)
    {
        public long Since { get; } = since;

        public int Count { get; set; }

        /// <summary>Time, from the beginning of the window, until which the checks taken are spent, one after another.</summary>
        public TimeSpan SpentUntil { get; set; }
    }
}
