namespace PluginGateway.Logging;

/// <summary>Turns an entry into a line.</summary>
internal interface ILineFormat
{
    /// <summary>The line, without its line end. Any thread.</summary>
    string Format(in LogEntry entry);
}
