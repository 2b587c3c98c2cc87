namespace PluginGateway.Logging;

/// <summary>Who reads the log.</summary>
internal enum LogFormat
{
    /// <summary>People: <see cref="TextLines"/>.</summary>
    Text,

    /// <summary>Machines: <see cref="JsonLines"/>.</summary>
    Json,
}
