using System.Globalization;

namespace PluginGateway.Plugins.Irc;

/// <summary>Time since which messages may have been missed. Where the server keeps no history, at least the length of the gap is logged.</summary>
internal sealed class OfflineGap(AdapterContext context)
{
    private const string Key = "lastSeen";
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EveryMessage = TimeSpan.FromSeconds(1);

    private long _noted = context.Clock.GetTimestamp();
    private long? _given;
    private bool _isOpen;

    private string Now => context.Clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);

    /// <summary>State stored with a message: the time, once a second.</summary>
    public IReadOnlyDictionary<string, string> TakeState()
    {
        if (IsOpen) return None;
        if (_given is { } given && context.Clock.GetElapsedTime(given) < EveryMessage) return None;
        _given = context.Clock.GetTimestamp();
        return new Dictionary<string, string> { [Key] = Now };
    }

    /// <summary>True: missed messages are being fetched, and would be lost if a later time were stored.</summary>
    public bool IsOpen
    {
        get => Volatile.Read(ref _isOpen);
        set => Volatile.Write(ref _isOpen, value);
    }

    /// <summary>Time of the last sign of life of the previous connection; null on the first connection.</summary>
    public async Task<DateTimeOffset?> RecallAsync(CancellationToken cancellationToken) =>
        await context.State.GetAsync(Key, cancellationToken) is { } text
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var since) ? since : null;

    /// <summary>Returns a sentence about the time since the last connection.</summary>
    public string Describe(DateTimeOffset since) => string.Create(CultureInfo.InvariantCulture,
        $"What was said between {since:yyyy-MM-dd HH:mm:ss} and {context.Clock.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC may have been missed: this server keeps nothing for who is away.");

    /// <summary>Stores the time of the last sign of life, at most every 30 s.</summary>
    public async Task NoteAsync(bool isFirst, CancellationToken cancellationToken)
    {
        if (IsOpen || (!isFirst && context.Clock.GetElapsedTime(_noted) < Every)) return;
        _noted = context.Clock.GetTimestamp();
        await context.State.SetAsync(Key, Now, cancellationToken);
    }
}
