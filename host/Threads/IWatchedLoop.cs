namespace PluginGateway.Threads;

/// <summary>A loop that the gateway starts with the others and that must run: its heartbeat is watched.</summary>
internal interface IWatchedLoop
{
    /// <summary>Heartbeat of the loop's thread.</summary>
    Heartbeat Heartbeat { get; }

    /// <summary>Starts the thread.</summary>
    void Start();
}
