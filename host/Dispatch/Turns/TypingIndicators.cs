using PluginGateway.Dispatch.Outbound;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Shows in chats that an answer is being made, as long as it is. Only on the loop's thread.</summary>
internal sealed class TypingIndicators(DispatchLoop loop, OutboundQueue sends)
{
    /// <summary>Delay of the first indicator: a quick answer needs none.</summary>
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.7);
    private static readonly TimeSpan Next = TimeSpan.FromSeconds(4);

    /// <summary>Times at which the loop wakes for indicators: many quick turns share one.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.1);

    private readonly Dictionary<DateTimeOffset, List<Action>> _due = [];

    /// <summary>Begins to show that a turn runs in a chat.</summary>
    /// <param name="adapterId">The adapter of the chat.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="isAnswering">Returns true while the answer is being made.</param>
    public void Begin(string adapterId, Chat chat, Func<bool> isAnswering) => After(First, () => Show(adapterId, chat, isAnswering));

    private void Show(string adapterId, Chat chat, Func<bool> isAnswering)
    {
        if (!isAnswering()) return;
        var isShown = sends.TryShowTyping(adapterId, chat);
        After(isShown ? Next : First, () => Show(adapterId, chat, isAnswering));
    }

    private void After(TimeSpan wait, Action show)
    {
        var due = loop.Now + wait;
        due = due.AddTicks((Step.Ticks - (due.Ticks % Step.Ticks)) % Step.Ticks);
        if (_due.TryGetValue(due, out var others))
        {
            others.Add(show);
            return;
        }

        _due.Add(due, [show]);
        loop.At(due, () =>
        {
            if (!_due.Remove(due, out var all)) return;
            foreach (var one in all) one();
        });
    }
}
