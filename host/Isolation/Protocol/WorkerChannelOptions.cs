namespace PluginGateway.Isolation.Protocol;

/// <summary>The terms of a connection.</summary>
/// <param name="Capacity">How many bytes may wait to be sent.</param>
/// <param name="Patience">How long the other side may read nothing.</param>
/// <param name="MostOpen">How many requests may be open; more wait on this side.</param>
/// <param name="MayWait">True: who posts more than there is room for waits.</param>
/// <param name="CompletesOnPool">True: plugin code may await the answers, so they are completed on the pool, never on the thread that reads the connection.</param>
internal sealed record WorkerChannelOptions(int Capacity, TimeSpan Patience, int MostOpen, bool MayWait, bool CompletesOnPool);
