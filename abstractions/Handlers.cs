using System.Text.Json;

namespace PluginGateway;

/// <summary>Names the message handler of a plugin. Once per assembly, with constant arguments.</summary>
/// <param name="name">A short name, for example <c>echo</c>.</param>
/// <param name="handlerType">The class that implements <see cref="IMessageHandler"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class MessageHandlerAttribute(string name, Type handlerType) : Attribute
{
    /// <summary>A short name.</summary>
    public string Name { get; } = name;

    /// <summary>The class that implements <see cref="IMessageHandler"/>.</summary>
    public Type HandlerType { get; } = handlerType;
}

/// <summary>The backend that answers messages: a bot, an agent, a bridge. Guarded exactly like an adapter.</summary>
/// <remarks>
/// <para>The class is named by <see cref="MessageHandlerAttribute"/> and has one public constructor, which takes a <see cref="HandlerContext"/>. The rules of
/// <see cref="IChannelAdapter"/> about threads, blocking, tokens and process-wide state hold here too.</para>
/// </remarks>
public interface IMessageHandler
{
    /// <summary>Answers one message.</summary>
    /// <param name="turn">The message, its conversation, and the way to reply.</param>
    /// <param name="cancellationToken">Cancelled at the deadline and when the gateway stops.</param>
    /// <returns>A task whose end marks the message as handled.</returns>
    /// <remarks>Deadline: <c>timeouts.turnSeconds</c>, 300 s by default. One turn at a time in a conversation; up to <c>concurrentTurns</c> (64 by default) at once. A turn
    /// that throws, overruns or is interrupted runs again, at most 3 times in all; then the message is parked. One that throws <see cref="NotNowException"/> is put off instead.</remarks>
    Task HandleAsync(Turn turn, CancellationToken cancellationToken);

    /// <summary>Releases everything. Called last, once.</summary>
    /// <returns>A task that ends when nothing of this instance runs any more.</returns>
    /// <remarks>Deadline: <c>timeouts.disconnectSeconds</c>, 5 s by default.</remarks>
    Task DisposeAsync() => Task.CompletedTask;
}

/// <summary>What the host gives to a handler, in its constructor. Every member may be used from any thread.</summary>
public abstract class HandlerContext
{
    /// <summary>The number of this instance, from 1.</summary>
    public abstract int Generation { get; }

    /// <summary>The handler's <c>settings</c> object, secrets already resolved. An empty object when nothing is configured.</summary>
    public abstract JsonElement Settings { get; }

    /// <summary>The gateway's log.</summary>
    public abstract IPluginLog Log { get; }

    /// <summary>The clock to use.</summary>
    public abstract TimeProvider Clock { get; }

    /// <summary>The folder this plugin was loaded from: read only.</summary>
    public abstract string PluginDirectory { get; }

    /// <summary>A folder for the handler's own files, mode 0700.</summary>
    public abstract string DataDirectory { get; }
}

/// <summary>One message being answered.</summary>
public abstract class Turn
{
    /// <summary>The turn's id: the same at every attempt, unique over all turns of all times. An idempotency key for a backend.</summary>
    public abstract string Id { get; }

    /// <summary>A token that allows replies to exactly this conversation over the gateway's <c>/api/messages</c>, for 24 hours, also after the turn's end. A secret.</summary>
    public abstract string ReplyToken { get; }

    /// <summary>The message.</summary>
    public abstract InboundMessage Message { get; }

    /// <summary>The adapter id it came through.</summary>
    public abstract string AdapterId { get; }

    /// <summary>The conversation: adapter id, chat and thread in one stable string.</summary>
    public abstract string Conversation { get; }

    /// <summary>The attempt at this turn, from 1.</summary>
    public abstract int Attempt { get; }

    /// <summary>Owes a reply to the conversation. Completes when the reply is durable; it is then delivered, whatever becomes of the turn.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="cancellationToken">Gives up waiting; the reply may still be owed.</param>
    /// <returns>A task that completes when the reply is durable.</returns>
    /// <remarks>The reply's key is the turn plus its ordinal, so a turn that runs again does not send its first replies twice.</remarks>
    /// <exception cref="InvalidOperationException">The turn is over (ended, overdue or cancelled): nothing is sent.</exception>
    public abstract Task ReplyAsync(Reply reply, CancellationToken cancellationToken);

    /// <summary>Owes a plain text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Gives up waiting; the reply may still be owed.</param>
    /// <returns>A task that completes when the reply is durable.</returns>
    public Task ReplyAsync(string text, CancellationToken cancellationToken) => ReplyAsync(new Reply(text), cancellationToken);
}

/// <summary>A reply to a conversation.</summary>
public sealed record Reply
{
    /// <summary>Creates a reply.</summary>
    /// <param name="text">The text; may be longer than the platform's limit, the host splits it.</param>
    public Reply(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>How the text is written.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>The platform's id of the message to answer, or null.</summary>
    public string? ReplyTo { get; init => field = Ensure.OptionalToken(value, nameof(ReplyTo)); }

    /// <summary>Files to send with it.</summary>
    public IReadOnlyList<OutboundAttachment> Attachments { get; init => field = Ensure.List(value); } = [];
}
