using PluginGateway.Dispatch.Outbound;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Shows in chats that an answer is being made, for as long as it is. Only on the loop's thread.</summary>
internal sealed class TypingIndicators(DispatchLoop loop, OutboundQueue sends)
{
    /// <summary>A quick answer needs none.</summary>
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.7);
    private static readonly TimeSpan Next = TimeSpan.FromSeconds(4);

    /// <summary>A turn has begun in a chat.</summary>
    /// <param name="adapterId">The adapter of the chat.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="isAnswering">Whether the answer is still being made.</param>
    public void Begin(string adapterId, Chat chat, Func<bool> isAnswering) => loop.At(loop.Now + First, () => Show(adapterId, chat, isAnswering));

    private void Show(string adapterId, Chat chat, Func<bool> isAnswering)
    {
        if (!isAnswering()) return;
        var isShown = sends.TryShowTyping(adapterId, chat);
        loop.At(loop.Now + (isShown ? Next : First), () => Show(adapterId, chat, isAnswering));
    }
}
