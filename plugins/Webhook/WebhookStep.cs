namespace PluginGateway.Plugins.Webhook;

/// <summary>Step of the backend's answer.</summary>
internal abstract record WebhookStep
{
    public abstract Task DoAsync(Turn turn, CancellationToken cancellationToken);

    /// <summary>Does it as the last step: the turn ends with it.</summary>
    public virtual async Task FinishAsync(Turn turn, CancellationToken cancellationToken)
    {
        await DoAsync(turn, cancellationToken);
        await turn.FinishAsync(null, cancellationToken);
    }
}

internal sealed record ReplyStep(Reply Reply) : WebhookStep
{
    public override Task DoAsync(Turn turn, CancellationToken cancellationToken) => turn.ReplyAsync(Reply, cancellationToken);

    public override Task FinishAsync(Turn turn, CancellationToken cancellationToken) => turn.FinishAsync(Reply, cancellationToken);
}

/// <summary>Action on an existing message. If the adapter does not support it, the gateway logs that and does the rest of the answer.</summary>
internal abstract record ActionStep(MessageTarget? Message) : WebhookStep
{
    public sealed override async Task DoAsync(Turn turn, CancellationToken cancellationToken)
    {
        var target = Message ?? (MessageIdOf(turn) is { } own
            ? MessageTarget.OnPlatform(own)
            : throw new InvalidOperationException("The backend's answer is about the message of the turn, which has no id on its platform."));
        try
        {
            await ActAsync(turn, target, cancellationToken);
        }
        catch (NotSupportedException)
        {
        }
    }

    private static string? MessageIdOf(Turn turn) => ((turn as EventTurn)?.Event ?? turn.Messages[^1]) switch
    {
        ContentEvent content => content.MessageId,
        ReactionChanged reaction => reaction.MessageId,
        ButtonPressed press => press.MessageId,
        _ => null,
    };

    protected abstract Task ActAsync(Turn turn, MessageTarget message, CancellationToken cancellationToken);
}

internal sealed record EditStep(MessageTarget Target, Reply Content) : ActionStep(Target)
{
    protected override Task ActAsync(Turn turn, MessageTarget message, CancellationToken cancellationToken) =>
        turn.EditAsync(message, Content, cancellationToken);
}

internal sealed record DeleteStep(MessageTarget Target) : ActionStep(Target)
{
    protected override Task ActAsync(Turn turn, MessageTarget message, CancellationToken cancellationToken) =>
        turn.DeleteAsync(message, cancellationToken);
}

/// <summary>A reaction to a message, to that of the turn when none is named.</summary>
internal sealed record ReactStep(MessageTarget? Target, string? Emoji) : ActionStep(Target)
{
    protected override Task ActAsync(Turn turn, MessageTarget message, CancellationToken cancellationToken) =>
        turn.ReactAsync(message, Emoji, cancellationToken);
}
