namespace PluginGateway.Tests.Guard;

/// <summary>A handler that does in each member what the test says.</summary>
internal sealed class ScriptedHandler : IMessageHandler
{
    public Func<Turn, Task?> OnTurn { get; init; } = static _ => Task.CompletedTask;

    /// <summary>The same with the token; null: <see cref="OnTurn"/>.</summary>
    public Func<Turn, CancellationToken, Task?>? OnTurnWith { get; init; }

    public Func<Task?> OnDispose { get; init; } = static () => Task.CompletedTask;

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken) => OnTurnWith is { } act ? act(turn, cancellationToken)! : OnTurn(turn)!;

    public Task DisposeAsync() => OnDispose()!;
}
