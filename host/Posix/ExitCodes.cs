namespace PluginGateway.Posix;

/// <summary>Exit codes of the process, for the service manager.</summary>
internal static class ExitCodes
{
    /// <summary>Planned stop: store closed, lock released. Adapters that overran are in the shutdown report. Stays down.</summary>
    public const int Planned = 0;

    /// <summary>Failed at run time. Restart.</summary>
    public const int Failed = 1;

    /// <summary>Ended by the shutdown watchdog, or because the gateway cannot go on; the store was not closed, no accepted message is lost.
    /// Restart.</summary>
    public const int Aborted = 70;

    /// <summary>A restart was asked for over the control socket. Restart.</summary>
    public const int Restart = 75;

    /// <summary>The configuration or the command line cannot work. Stays down.</summary>
    public const int Configuration = 78;
}
