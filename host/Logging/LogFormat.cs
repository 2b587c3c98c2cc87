namespace PluginGateway.Logging;

/// <summary>The format of the log's lines.</summary>
internal enum LogFormat
{
    /// <summary>People: <see cref="TextLines"/>.</summary>
    Text,

    /// <summary>Machines: <see cref="JsonLines"/>.</summary>
    Json,
}
