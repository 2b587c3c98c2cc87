using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Names of users: an event has their ids only. Fetched once an hour for each user; without the permission
/// (<c>contact:user.base:readonly</c>) not for ten minutes. Any thread.</summary>
internal sealed class People(OpenApi api, TimeProvider clock, IPluginLog log)
{
    private const int MostRemembered = 4096;
    private const int LongestName = 200;
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    private readonly Recent<Known> _known = new(MostRemembered);
    private long _refusedSince;
    private int _hasTold;

    /// <summary>Returns the name of an event's author; null: unknown, or an app.</summary>
    /// <param name="json">The event.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public Task<string?> NameAsync(JsonElement json, CancellationToken cancellationToken)
    {
        var sender = json.Get("event").Get("sender");
        return sender.String("sender_type") is "app" or "bot" || sender.Get("sender_id").String("open_id") is not { } id
            ? Task.FromResult<string?>(null)
            : NameAsync(id, cancellationToken);
    }

    /// <summary>Returns the name of a user; null: unknown.</summary>
    /// <param name="id">The user's open_id.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public async Task<string?> NameAsync(string id, CancellationToken cancellationToken)
    {
        if (_known.Find(id) is { } known && clock.GetElapsedTime(known.Since) < Fresh) return known.Name;
        if (Volatile.Read(ref _refusedSince) is not 0 and var since && clock.GetElapsedTime(since) < Pause) return null;
        var answer = await api.GetAsync($"/open-apis/contact/v3/users/{Uri.EscapeDataString(id)}?user_id_type=open_id", cancellationToken);
        if (answer.IsPassing) return null;
        if (!answer.IsGood)
        {
            Volatile.Write(ref _refusedSince, clock.GetTimestamp() is not 0 and var now ? now : 1);
            if (Interlocked.Exchange(ref _hasTold, 1) == 0)
                log.Information(answer.Describe("Names of people are not known: reading them needs the permission contact:user.base:readonly"));
            return null;
        }

        var name = answer.Data.Get("user").String("name") is { } told ? told[..Math.Min(told.Length, LongestName)] : null;
        _known.Set(id, new Known(name, clock.GetTimestamp()));
        return name;
    }

    private sealed record Known(string? Name, long Since);
}
