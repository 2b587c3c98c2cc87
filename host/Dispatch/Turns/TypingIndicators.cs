using PluginGateway.Dispatch.Outbound;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Shows in chats that an answer is being made, as long as it is. Only on the loop's thread.</summary>
internal sealed class TypingIndicators(DispatchLoop loop, OutboundQueue sends)
{
    /// <summary>Delay of the first indicator: a quick answer needs none.</summary>
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.7);
    private static readonly TimeSpan Next = TimeSpan.FromSeconds(4);

    /// <summary>Begins to show that a turn runs in a chat.</summary>
    /// <param name="adapterId">The adapter of the chat.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="isAnswering">Returns true while the answer is being made.</param>
    public void Begin(string adapterId, Chat chat, Func<bool> isAnswering) => loop.At(loop.Now + First, () => Show(adapterId, chat, isAnswering));

    private void Show(string adapterId, Chat chat, Func<bool> isAnswering)
    {
        if (!isAnswering()) return;
        var isShown = sends.TryShowTyping(adapterId, chat);
        loop.At(loop.Now + (isShown ? Next : First), () => Show(adapterId, chat, isAnswering));
    }
}
