using System.Net;
using System.Net.Sockets;

namespace PluginGateway.Web;

/// <summary>Counts wrong tokens by where they came from: after ten in a minute no token from there is looked at until the minute is over. Bounded: a crowd of addresses shares
/// one count.</summary>
internal sealed class TokenGuesses(TimeProvider clock)
{
    /// <summary>Wrong tokens of one address in one window.</summary>
    public const int Allowed = 10;

    /// <summary>How long a window lasts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private const int MaxAddresses = 4096;
    private const string Crowd = "";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Guesses> _byAddress = new(StringComparer.Ordinal);

    /// <summary>How long this address has to wait; zero when its token may be looked at.</summary>
    public TimeSpan WaitOf(IPAddress? address)
    {
        lock (_gate)
        {
            if (!_byAddress.TryGetValue(KeyOf(address), out var guesses) && (_byAddress.Count < MaxAddresses || !_byAddress.TryGetValue(Crowd, out guesses))) return TimeSpan.Zero;
            var left = Window - clock.GetElapsedTime(guesses!.Since);
            return guesses.Count >= Allowed && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>A token from this address was wrong.</summary>
    public void Count(IPAddress? address)
    {
        lock (_gate)
        {
            var key = KeyOf(address);
            if (!_byAddress.ContainsKey(key) && _byAddress.Count >= MaxAddresses)
            {
                foreach (var (old, _) in _byAddress.Where(pair => clock.GetElapsedTime(pair.Value.Since) >= Window).ToArray()) _byAddress.Remove(old);
                if (_byAddress.Count >= MaxAddresses) key = Crowd;
            }

            if (!_byAddress.TryGetValue(key, out var guesses) || clock.GetElapsedTime(guesses.Since) >= Window) _byAddress[key] = guesses = new Guesses(clock.GetTimestamp());
            guesses.Count++;
        }
    }

    /// <summary>Whoever has one address of IPv6 has its whole network.</summary>
    private static string KeyOf(IPAddress? address)
    {
        if (address is null) return Crowd;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private sealed class Guesses(long since)
    {
        public long Since { get; } = since;

        public int Count { get; set; }
    }
}
