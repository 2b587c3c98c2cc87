namespace PluginGateway.Plugins.Feishu;

/// <summary>Typing indicator: the platform has no call for it, so the last message of the chat gets the reaction <c>Typing</c>, as in the vendor's
/// own plugin (larksuite/openclaw-lark, typing.ts). The reaction is removed when the bot has sent a message, or when the host has not requested it
/// again for 10 s. Any thread.</summary>
internal sealed class TypingReactions(OpenApi api, Intake intake, TimeProvider clock)
{
    public const string Name = "Typing";

    /// <summary>The host asks every 4 s while a turn runs.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private const int MostShown = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Shown> _shown = new(StringComparer.Ordinal);

    public async Task ShowAsync(Chat chat, CancellationToken cancellationToken)
    {
        if (intake.LastIn(chat) is not { } message) return;
        var shown = new Shown(message, clock.GetTimestamp());
        lock (_lock)
        {
            if (_shown.TryGetValue(KeyOf(chat), out var known) && known.Message == message)
            {
                known.Since = shown.Since;
                return;
            }

            if (known is null && _shown.Count >= MostShown) return;
            _shown[KeyOf(chat)] = shown;
            shown.Before = known;
        }

        if (shown.Before is { } old) await RemoveAsync(old, cancellationToken);
        var answer = await api.SendAsync(HttpMethod.Post, $"{PathOf(message)}", Json.Bytes(static json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("reaction_type");
            json.WriteString("emoji_type", Name);
            json.WriteEndObject();
            json.WriteEndObject();
        }), cancellationToken);
        var isOver = false;
        lock (_lock)
        {
            shown.Reaction = answer.Data.String("reaction_id");
            shown.Before = null;
            isOver = shown.IsOver;
        }

        if (isOver) await RemoveAsync(shown, cancellationToken);
    }

    /// <summary>Removes the indicator of a chat after the bot has sent a message there.</summary>
    public Task EndAsync(Chat chat, CancellationToken cancellationToken)
    {
        Shown? shown;
        lock (_lock)
        {
            if (!_shown.Remove(KeyOf(chat), out shown)) return Task.CompletedTask;
            shown.IsOver = true;
        }

        return RemoveAsync(shown, cancellationToken);
    }

    /// <summary>Takes all indicators away.</summary>
    public Task EndAllAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Take(static _ => true).Select(shown => RemoveAsync(shown, cancellationToken)));

    /// <summary>Removes indicators that the host has not requested again; runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Look, clock, cancellationToken);
            foreach (var shown in Take(shown => clock.GetElapsedTime(shown.Since) > Life)) await RemoveAsync(shown, cancellationToken);
        }
    }

    private Shown[] Take(Func<Shown, bool> isOver)
    {
        lock (_lock)
        {
            var over = _shown.Where(one => isOver(one.Value)).ToArray();
            foreach (var (key, shown) in over)
            {
                _shown.Remove(key);
                shown.IsOver = true;
            }

            return [.. over.Select(static one => one.Value)];
        }
    }

    private static string KeyOf(Chat chat) => $"{chat.Id} {chat.Thread}";

    private static string PathOf(string message) => $"{MessageLookup.PathOf(message)}/reactions";

    /// <summary>Removes a reaction and ignores a refusal: an indicator that stays does no harm, and no message should wait for it.</summary>
    private Task RemoveAsync(Shown shown, CancellationToken cancellationToken) => shown.Reaction is { } reaction
        ? api.CallAsync(HttpMethod.Delete, $"{PathOf(shown.Message)}/{Uri.EscapeDataString(reaction)}", null, cancellationToken)
        : Task.CompletedTask;

    private sealed class Shown(string message, long since)
    {
        public string Message { get; } = message;

        public long Since { get; set; } = since;

        public string? Reaction { get; set; }

        public Shown? Before { get; set; }

        public bool IsOver { get; set; }
    }
}
