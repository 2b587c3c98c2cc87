namespace PluginGateway.Logging;

/// <summary>The format of the log's lines.</summary>
internal enum LogFormat
{
    /// <summary>Text lines for reading: <see cref="TextLines"/>.</summary>
    Text,

    /// <summary>JSON lines for programs: <see cref="JsonLines"/>.</summary>
    Json,
}
