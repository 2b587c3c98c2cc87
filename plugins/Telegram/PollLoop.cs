using System.Text.Json;
using Telegram.Bot.Requests;
using Telegram.Bot.Types.Enums;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Polls for updates, for ever. Each poll acknowledges the updates before its offset, so it is sent only when all of them are
/// durable.</summary>
internal sealed class PollLoop(AdapterContext context, BotApi api, TelegramSettings settings, UpdateIntake intake, Cursor cursor)
{
    /// <summary>Requested kinds of updates; others are not requested.</summary>
    public static readonly UpdateType[] Wanted = [
        UpdateType.Message, UpdateType.EditedMessage, UpdateType.ChannelPost, UpdateType.EditedChannelPost, UpdateType.MyChatMember,
        UpdateType.MessageReaction, UpdateType.CallbackQuery];

    private const int BatchSize = 100;

    /// <summary>Time for the rest of an album: its parts are sent at once, and the server gives out one by one what is asked for sooner than after
    /// half a second.</summary>
    private static readonly TimeSpan AlbumPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    private readonly PollRetryPolicy _policy = new(context.Clock);
    private long _answered = context.Clock.GetTimestamp();

    /// <summary>True: the server has answered a poll not longer ago than it may take.</summary>
    public bool IsAnswered =>
        context.Clock.GetElapsedTime(Volatile.Read(ref _answered)) <= settings.PollTime + settings.AnswerTime + settings.AnswerTime;

    /// <summary>Asks once, without waiting for something new.</summary>
    public Task<ApiAnswer> AskAsync(CancellationToken cancellationToken) => AskAsync(TimeSpan.Zero, cancellationToken);

    /// <summary>Lives until it is cancelled, replaced, or gives up.</summary>
    /// <param name="first">The updates of the first poll.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(JsonElement first, CancellationToken cancellationToken)
    {
        if (!await TakeAsync(first, cancellationToken)) return;
        while (true)
        {
            var answer = await AskAsync(settings.PollTime, cancellationToken);
            if (answer.Failure is { } failure)
            {
                if (_policy.Try(failure) is not { } pause) throw new PluginException(Faults.Of("getUpdates", failure));
                context.Log.Warning($"getUpdates failed, asking again in {pause.TotalSeconds:0.#} s: {failure.Description}");
                context.ReportHealth(new AdapterHealth(false, $"The last getUpdates failed: {failure.Description}"));
                await Task.Delay(pause, context.Clock, cancellationToken);
                continue;
            }

            if (_policy.Reset()) context.ReportHealth(new AdapterHealth(true, "Telegram answers again."));
            if (!await TakeAsync(answer.Result, cancellationToken)) return;
        }
    }

    private async Task<ApiAnswer> AskAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var request = new GetUpdatesRequest
        {
            Offset = (int?)(cursor.Next is >= int.MinValue and <= int.MaxValue ? cursor.Next : null),
            Limit = BatchSize,
            Timeout = (int)wait.TotalSeconds,
            AllowedUpdates = Wanted
        };
        var answer = await api.CallAsync(request, wait + settings.AnswerTime, cancellationToken);
        if (answer.Failure is null) Volatile.Write(ref _answered, context.Clock.GetTimestamp());
        return answer;
    }

    /// <summary>Asks once more for a batch that may end within an album: nothing of it is acknowledged yet, so it comes again, with what has come
    /// since.</summary>
    private async Task<JsonElement> WithRestOfAlbumAsync(JsonElement batch, CancellationToken cancellationToken)
    {
        await Task.Delay(AlbumPause, context.Clock, cancellationToken);
        var answer = await AskAsync(TimeSpan.Zero, cancellationToken);
        return answer.Failure is null && answer.Result.ValueKind == JsonValueKind.Array && answer.Result.GetArrayLength() >= batch.GetArrayLength()
            ? answer.Result
            : batch;
    }

    /// <summary>Hands over a batch in its order; what the gateway does not take now is offered again until it does.</summary>
    /// <returns>False when this generation has been replaced.</returns>
    private async Task<bool> TakeAsync(JsonElement batch, CancellationToken cancellationToken)
    {
        if (batch.ValueKind != JsonValueKind.Array) return true;
        var before = cursor.Next;
        if (intake.LookAhead(batch))
        {
            batch = await WithRestOfAlbumAsync(batch, cancellationToken);
            intake.LookAhead(batch);
        }

        foreach (var update in batch.EnumerateArray().Select(static update => update.Number("update_id")).OfType<long>()) cursor.Follow(update);
        foreach (var update in batch.EnumerateArray())
        {
            var acceptance = await intake.OfferAsync(update, cancellationToken);
            while (acceptance is { Kind: AcceptanceKind.Refused })
            {
                await Task.Delay(FullPause, context.Clock, cancellationToken);
                acceptance = await intake.OfferAsync(update, cancellationToken);
            }

            if (acceptance is { Kind: AcceptanceKind.Retired }) return false;
        }

        if (intake.Unreadable > 0)
            context.ReportHealth(new AdapterHealth(true, $"{intake.Unreadable} updates of this connection could not be read; the log names each."));
        // Nothing that can be acknowledged: the next poll brings it again, and at once.
        if (cursor.Next == before && batch.GetArrayLength() > 0) await Task.Delay(FullPause, context.Clock, cancellationToken);
        return true;
    }
}
