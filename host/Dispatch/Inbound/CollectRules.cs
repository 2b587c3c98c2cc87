namespace PluginGateway.Dispatch.Inbound;

/// <summary>Rules of one session for the composition of turns.</summary>
/// <param name="Hold">Time for which any message is held for the next one of its sender; zero: none.</param>
/// <param name="TakesAll">True: a turn has all neighbours that wait when it begins, whenever they came.</param>
/// <param name="Interrupts">True: a message supersedes the running turn of its sender.</param>
internal readonly record struct CollectRules(TimeSpan Hold, bool TakesAll, bool Interrupts = false);
