using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Hands updates over, whichever way they came, one after another.</summary>
/// <param name="context">The host.</param>
/// <param name="reader">Understands them.</param>
/// <param name="migrations">Gets the groups that have moved.</param>
/// <param name="cursor">Moves with them; null where Telegram waits for our answer instead.</param>
internal sealed class UpdateIntake(AdapterContext context, UpdateReader reader, Migrations migrations, Cursor? cursor)
{
    private static readonly Dictionary<string, string> NoState = [];

    private long _unreadable;

    /// <summary>Number of updates on this connection that could not be read. Each was logged.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Looks at a batch before its updates are handed over one by one.</summary>
    /// <returns>True: it ends with a part of an album in a group, and whether that is to the bot a later part may say.</returns>
    public bool LookAhead(JsonElement batch) => reader.LookAhead(batch);

    /// <summary>Hands one update over. When the answer says so it is durable, and the cursor is past it.</summary>
    /// <returns>The outcome; null: the update has no id and cannot be acknowledged.</returns>
    public async Task<Acceptance?> OfferAsync(JsonElement update, CancellationToken cancellationToken)
    {
        var reading = reader.Read(update, cursor is null ? static _ => NoState : cursor.StateAfter);
        if (reading.Problem is { } problem)
        {
            Interlocked.Increment(ref _unreadable);
            context.Log.Warning($"Update {reading.Id?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "without id"} from Telegram cannot be read and is passed over: {problem}");
        }

        if (reading.PassedOver is { } reason)
            context.Log.Debug($"Update {reading.Id?.ToString(System.Globalization.CultureInfo.InvariantCulture)} is passed over: {reason}.");
        if (reading.Migration is { } migration) await migrations.LearnAsync(migration.From, migration.To, cancellationToken);
        if (reading.Id is not { } id) return null;
        if (reading.Event is not { } received)
            return cursor is null || await cursor.SkipAsync(id, cancellationToken) ? Acceptance.Discarded("noMessage") : Acceptance.Retired;
        var acceptance = await context.Inbox.AcceptAsync(received, cancellationToken);
        // What can never be stored took no state with it.
        if (acceptance is { Kind: AcceptanceKind.Discarded, Reason: "tooLarge" or "invalid" } && cursor is not null)
            return await cursor.SkipAsync(id, cancellationToken) ? acceptance : Acceptance.Retired;
        if (acceptance.Acknowledge) cursor?.Pass(id);
        return acceptance;
    }
}
