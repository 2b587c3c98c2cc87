using System.Globalization;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Read position: the next poll starts there, and thereby acknowledges the updates before. The position advances only with durable messages,
/// and is stored in their transaction.</summary>
/// <remarks>Stored for each bot: another bot of the same adapter id has numbers of its own.</remarks>
internal sealed class Cursor(AdapterContext context, long botId)
{
    private readonly string _key = string.Create(CultureInfo.InvariantCulture, $"offset.{botId}");

    /// <summary>Number of the first update not yet received; null: none has come yet.</summary>
    public long? Next { get; private set; }

    public async Task RecallAsync(CancellationToken cancellationToken)
    {
        if (long.TryParse(await context.State.GetAsync(_key, cancellationToken), NumberStyles.Integer, CultureInfo.InvariantCulture, out var next))
            Next = next;
    }

    /// <summary>State stored together with the message of an update.</summary>
    public IReadOnlyDictionary<string, string> StateAfter(long update) =>
        new Dictionary<string, string> { [_key] = After(update).ToString(CultureInfo.InvariantCulture) };

    /// <summary>Advances the position after an update that is durable.</summary>
    public void Pass(long update) => Next = After(update);

    /// <summary>Moves past an update that is no message.</summary>
    /// <returns>False when this generation has been replaced.</returns>
    public async Task<bool> SkipAsync(long update, CancellationToken cancellationToken)
    {
        if (!await context.State.SetAsync(_key, After(update).ToString(CultureInfo.InvariantCulture), cancellationToken)) return false;
        Pass(update);
        return true;
    }

    /// <summary>Resets the position when the server sends an update before it: the server has begun to count anew. That happens after a week without
    /// updates, and the server then ignores an offset that it has not reached yet; keeping the old one would never acknowledge another
    /// update.</summary>
    public void Follow(long update)
    {
        if (update < Next) Next = null;
    }

    /// <summary>Returns the position after an update: of updates in a wrong order the highest counts.</summary>
    private long After(long update) => Math.Max(Next ?? long.MinValue, update < long.MaxValue ? update + 1 : update);
}
