namespace PluginGateway.Tests.Guard;

/// <summary>A handler that does in each member what the test says.</summary>
internal sealed class ScriptedHandler : IMessageHandler
{
    public Func<Turn, Task?> OnTurn { get; init; } = static _ => Task.CompletedTask;

    public Func<Task?> OnDispose { get; init; } = static () => Task.CompletedTask;

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken) => OnTurn(turn)!;

    public Task DisposeAsync() => OnDispose()!;
}
