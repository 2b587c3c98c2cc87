namespace PluginGateway.Isolation.Protocol;

/// <summary>Options of a channel.</summary>
/// <param name="Capacity">Largest number of bytes that may wait to be sent.</param>
/// <param name="Patience">Longest time for which the other side may read nothing.</param>
/// <param name="MostOpen">Largest number of open requests; more wait on this side.</param>
/// <param name="MayWait">True: a thread that posts while there is no room waits.</param>
/// <param name="CompletesOnPool">True: plugin code may await the answers, so they are completed on the pool, never on the thread that reads the
/// connection.</param>
internal sealed record WorkerChannelOptions(int Capacity, TimeSpan Patience, int MostOpen, bool MayWait, bool CompletesOnPool);
