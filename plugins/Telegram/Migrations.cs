using System.Collections.Concurrent;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Groups that have become supergroups, and with that other chats. Messages for the old chat are sent to the new one.</summary>
internal sealed class Migrations(AdapterContext context)
{
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Current id of a chat.</summary>
    public async Task<string> ResolveAsync(string chat, CancellationToken cancellationToken)
    {
        if (!CanMove(chat)) return chat;
        if (_known.TryGetValue(chat, out var known)) return known;
        var moved = await context.State.GetAsync(Key(chat), cancellationToken) ?? chat;
        return _known.GetOrAdd(chat, moved);
    }

    public async Task LearnAsync(string from, string to, CancellationToken cancellationToken)
    {
        if (!CanMove(from) || (_known.TryGetValue(from, out var known) && known == to)) return;
        _known[from] = to;
        context.Log.Warning($"The group {from} has become the supergroup {to}; what is owed to it goes there. Where plugins.json names {from} (allow.chats, notifyChats), name {to} as well.");
        await context.State.SetAsync(Key(from), to, cancellationToken);
    }

    /// <summary>Check for basic groups, which alone migrate; their ids are negative and do not begin with -100.</summary>
    private static bool CanMove(string chat) => chat.StartsWith('-') && !chat.StartsWith("-100", StringComparison.Ordinal);

    private static string Key(string chat) => $"migrated.{chat}";
}
