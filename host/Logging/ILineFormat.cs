namespace PluginGateway.Logging;

/// <summary>Turns an entry into a line.</summary>
internal interface ILineFormat
{
    /// <summary>Returns the line, without its line end. Any thread.</summary>
    string Format(in LogEntry entry);
}
