namespace PluginGateway.Testing;

/// <summary>Line of a <see cref="FakeLog"/>.</summary>
/// <param name="Level">Severity.</param>
/// <param name="Message">Text.</param>
/// <param name="Exception">Exception, or null.</param>
public sealed record FakeLogLine(PluginLogLevel Level, string Message, Exception? Exception);

/// <summary>Log in memory. Any thread.</summary>
public class FakeLog : IPluginLog
{
    private readonly List<FakeLogLine> _lines = [];

    /// <summary>Copy of all lines, in their order.</summary>
    public IReadOnlyList<FakeLogLine> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    /// <inheritdoc/>
    public virtual void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        lock (_lines) _lines.Add(new FakeLogLine(level, message, exception));
    }
}
