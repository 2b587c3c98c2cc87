namespace PluginGateway.Configuration;

/// <summary>Log events of the configuration, from 1000 to 1999.</summary>
internal static partial class Log
{
    /// <summary>Logs one problem at the level of its severity.</summary>
    public static void ConfigurationProblem(this ILogger logger, ConfigurationProblem problem)
    {
        switch (problem.Severity)
        {
            case ProblemSeverity.Error: logger.ConfigurationError(problem); break;
            case ProblemSeverity.Warning: logger.ConfigurationWarning(problem); break;
            default: logger.ConfigurationNotice(problem); break;
        }
    }

    [LoggerMessage(1001, LogLevel.Information, "Configuration: {Problem}")]
    private static partial void ConfigurationNotice(this ILogger logger, ConfigurationProblem problem);

    [LoggerMessage(1002, LogLevel.Warning, "Configuration: {Problem}")]
    private static partial void ConfigurationWarning(this ILogger logger, ConfigurationProblem problem);

    [LoggerMessage(1003, LogLevel.Error, "Configuration: {Problem}")]
    private static partial void ConfigurationError(this ILogger logger, ConfigurationProblem problem);
}
