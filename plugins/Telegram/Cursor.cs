using System.Globalization;

namespace PluginGateway.Plugins.Telegram;

/// <summary>How far we have read: the next poll asks from there, and by asking acknowledges what is before. It moves only with what is durable, and lies in the store beside it.</summary>
/// <remarks>Of one bot: another bot of the same adapter id counts from elsewhere. An offset that the server has not come to yet, as after a week without updates, it takes for none.</remarks>
internal sealed class Cursor(AdapterContext context, long botId)
{
    private readonly string _key = string.Create(CultureInfo.InvariantCulture, $"offset.{botId}");

    /// <summary>The first update that we do not have; null: none has come yet.</summary>
    public long? Next { get; private set; }

    public async Task RecallAsync(CancellationToken cancellationToken)
    {
        if (long.TryParse(await context.State.GetAsync(_key, cancellationToken), NumberStyles.Integer, CultureInfo.InvariantCulture, out var next)) Next = next;
    }

    /// <summary>What goes into the store together with the message of an update.</summary>
    public IReadOnlyDictionary<string, string> StateAfter(long update) => new Dictionary<string, string> { [_key] = After(update).ToString(CultureInfo.InvariantCulture) };

    /// <summary>The update is durable.</summary>
    public void Pass(long update) => Next = After(update);

    /// <summary>Moves past an update that is no message.</summary>
    /// <returns>False when this generation has been replaced.</returns>
    public async Task<bool> SkipAsync(long update, CancellationToken cancellationToken)
    {
        if (!await context.State.SetAsync(_key, After(update).ToString(CultureInfo.InvariantCulture), cancellationToken)) return false;
        Pass(update);
        return true;
    }

    /// <summary>Never back: of updates that come in a wrong order the last counts.</summary>
    private long After(long update) => Math.Max(Next ?? long.MinValue, update < long.MaxValue ? update + 1 : update);
}
