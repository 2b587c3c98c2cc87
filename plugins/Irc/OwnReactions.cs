using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>The newest reactions of the bot, kept over restarts: IRC takes a reaction back only by its name. Any thread.</summary>
internal sealed class OwnReactions(IAdapterState state)
{
    /// <summary>Number of reactions that are kept; an older one cannot be taken back.</summary>
    public const int Most = 100;

    /// <summary>Largest size of them all: a value of the state has 64 KiB at most.</summary>
    private const int MostBytes = 60_000;
    private const string Key = "reactions";

    // Neither character can stand in an id of the contract.
    private const char Field = '\t', Entry = '\n';

    private readonly SemaphoreSlim _turn = new(1);
    private List<(string Message, string Emoji)>? _kept;

    /// <summary>Returns the bot's reaction to a message; null: none is known.</summary>
    public async Task<string?> FindAsync(string chat, string messageId, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return (await ReadAsync(cancellationToken)).Find(entry => entry.Message == NameOf(chat, messageId)).Emoji;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Keeps the bot's reaction to a message, or forgets it (null).</summary>
    public async Task SetAsync(string chat, string messageId, string? emoji, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var kept = await ReadAsync(cancellationToken);
            kept.RemoveAll(entry => entry.Message == NameOf(chat, messageId));
            if (emoji is not null) kept.Add((NameOf(chat, messageId), emoji));
            while (kept.Count > Most || Encoding.UTF8.GetByteCount(Text(kept)) > MostBytes) kept.RemoveAt(0);
            await state.SetAsync(Key, Text(kept), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string Text(IEnumerable<(string Message, string Emoji)> kept) =>
        string.Join(Entry, kept.Select(static entry => $"{entry.Message}{Field}{entry.Emoji}"));

    private static string NameOf(string chat, string messageId) => $"{chat}{Field}{messageId}";

    private async Task<List<(string Message, string Emoji)>> ReadAsync(CancellationToken cancellationToken) =>
        _kept ??= [.. ((await state.GetAsync(Key, cancellationToken)) ?? "").Split(Entry, StringSplitOptions.RemoveEmptyEntries)
            .Select(static entry => entry.Split(Field)).Where(static fields => fields.Length == 3)
            .Select(static fields => (NameOf(fields[0], fields[1]), fields[2]))];
}
