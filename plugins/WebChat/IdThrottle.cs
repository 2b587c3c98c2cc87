using System.Net;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Counts, by address, the short ids of conversations that were requested in vain: every client that knows an id reads and writes as its
/// owner. After ten in a minute that address is answered for no id that could be guessed until the minute is over; ids as long as the page makes them
/// are always answered. Requests from this machine are not counted. Any thread.</summary>
internal sealed class IdThrottle(TimeProvider clock)
{
    /// <summary>Ids of one address in one window.</summary>
    public const int Allowed = 10;

    /// <summary>Length of a window.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Length of an id in hexadecimal digits that cannot be guessed.</summary>
    private const int TooLongToGuess = 22;
    private const int MaxAddresses = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Since, HashSet<string> Ids)> _byAddress = new(StringComparer.Ordinal);

    /// <summary>Time for which this address gets no answer about this id; zero: it gets one.</summary>
    public TimeSpan WaitOf(string? address, string conversation)
    {
        if (!Counts(address, conversation)) return TimeSpan.Zero;
        lock (_gate)
        {
            if (!_byAddress.TryGetValue(address!, out var tried) || tried.Ids.Count < Allowed) return TimeSpan.Zero;
            var left = Window - clock.GetElapsedTime(tried.Since);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Counts a request with this id that found no conversation or was not allowed to write.</summary>
    public void Missed(string? address, string conversation)
    {
        if (!Counts(address, conversation)) return;
        lock (_gate)
        {
            if (!_byAddress.TryGetValue(address!, out var tried) || clock.GetElapsedTime(tried.Since) >= Window)
            {
                if (_byAddress.Count >= MaxAddresses) Forget();
                _byAddress[address!] = tried = (clock.GetTimestamp(), new(StringComparer.Ordinal));
            }

            if (tried.Ids.Count < Allowed) tried.Ids.Add(conversation);
        }
    }

    private static bool Counts(string? address, string conversation) =>
        conversation.Length < TooLongToGuess && IPAddress.TryParse(address, out var parsed)
        && !IPAddress.IsLoopback(parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed);

    /// <summary>Removes the addresses whose minute is over, or all if that is not enough.</summary>
    private void Forget()
    {
        foreach (var (old, _) in _byAddress.Where(pair => clock.GetElapsedTime(pair.Value.Since) >= Window).ToArray()) _byAddress.Remove(old);
        if (_byAddress.Count >= MaxAddresses) _byAddress.Clear();
    }
}
