using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>What the platform is to be told of an event.</summary>
internal enum Verdict
{
    /// <summary>We have it.</summary>
    Taken,

    /// <summary>Not now: it is to come again.</summary>
    NotNow,

    /// <summary>Nothing: this generation has been replaced.</summary>
    Retired,
}

/// <summary>Hands events over, whichever way they came. Messages are handed over in the order in which they came.</summary>
internal sealed class Intake(AdapterContext context, Bot bot, OwnMessages own)
{
    /// <summary>So many may be on their way to the disk at once; more are to come again.</summary>
    public const int MostOpen = 256;

    private int _open;
    private long _taken;
    private long _refused;
    private long _unreadable;

    public int Open => Volatile.Read(ref _open);

    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Events that we told the platform to send again.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Events that could not be read, and never will be.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Takes an event: ends when it is durable, or will not be.</summary>
    public async Task<Verdict> TakeAsync(JsonElement json, CancellationToken cancellationToken)
    {
        var message = ReceivedEvent.Read(json, bot.OpenId, own.Includes, out var problem);
        if (problem is not null) return Skip(problem);
        if (message is null)
        {
            context.Log.Debug($"Passed over an event of the type '{json.Get("header").String("event_type")}'.");
            return Verdict.Taken;
        }

        if (Interlocked.Increment(ref _open) > MostOpen)
        {
            Interlocked.Decrement(ref _open);
            return Refuse($"{MostOpen} events are waiting for the disk");
        }

        try
        {
            var acceptance = await context.Inbox.AcceptAsync(message, cancellationToken);
            if (acceptance.Kind == AcceptanceKind.Retired) return Verdict.Retired;
            if (!acceptance.Acknowledge) return Refuse(acceptance.Reason ?? "refused");
            Interlocked.Increment(ref _taken);
            return Verdict.Taken;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>An event that cannot be read will not be readable next time: it is said, and not asked for again.</summary>
    public Verdict Skip(string problem)
    {
        Interlocked.Increment(ref _unreadable);
        context.Log.Warning($"An event cannot be read and is passed over: {problem}.");
        return Verdict.Taken;
    }

    private Verdict Refuse(string why)
    {
        Interlocked.Increment(ref _refused);
        context.Log.Debug($"An event was not taken ({why}); the platform sends it again.");
        return Verdict.NotNow;
    }
}

/// <summary>Who we are.</summary>
internal sealed record Bot(string Name, string? OpenId)
{
    private const string Path = "/open-apis/bot/v3/info";

    /// <summary>Asks the platform: proves that we can call it.</summary>
    public static async Task<(Bot? Bot, ApiAnswer Answer)> AskAsync(OpenApi api, CancellationToken cancellationToken)
    {
        var answer = await api.GetAsync(Path, cancellationToken);
        if (!answer.IsGood) return (null, answer);
        // This answer has its data under a name of its own.
        var bot = answer.Body.Get("bot");
        return (new Bot(bot.String("app_name") ?? "the bot", bot.String("open_id")), answer);
    }
}
