namespace PluginGateway.Testing;

/// <summary>Context of a handler, for a test without the host: everything is in memory. Any thread.</summary>
/// <param name="settings">The handler's <c>settings</c>, a JSON object.</param>
/// <param name="generation">The number of the instance.</param>
/// <param name="state">The state; null: an empty one. The same for two contexts: two generations of one handler.</param>
/// <param name="dataDirectory">The folder for files; null: a temporary one, which <see cref="Dispose"/> deletes.</param>
/// <param name="clock">The clock; null: that of the system.</param>
public sealed class FakeHandlerContext(
    string settings = "{}", int generation = 1, FakeState? state = null, string? dataDirectory = null, TimeProvider? clock = null)
    : HandlerContext, IDisposable
{
    private readonly PluginSettings _settings = PluginSettings.Parse(settings);
    private readonly FakeState _state = state ?? new FakeState();
    private readonly TemporaryFolder _folder = new(dataDirectory);

    /// <inheritdoc/>
    public override int Generation => generation;

    /// <inheritdoc/>
    public override PluginSettings Settings => _settings;

    /// <inheritdoc/>
    public override FakeHandlerOutbox Outbox { get; } = new();

    /// <inheritdoc/>
    public override FakeState State => _state;

    /// <inheritdoc/>
    public override FakeLog Log { get; } = new();

    /// <inheritdoc/>
    public override TimeProvider Clock => clock ?? TimeProvider.System;

    /// <inheritdoc/>
    public override string PluginDirectory => AppContext.BaseDirectory;

    /// <inheritdoc/>
    public override string DataDirectory => _folder.Path;

    /// <summary>Deletes the temporary folder.</summary>
    public void Dispose() => _folder.Dispose();
}
