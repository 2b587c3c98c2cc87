using PluginGateway.PeerTests.Life;

namespace PluginGateway.PeerTests;

/// <summary>Order of the classes of this project.</summary>
public sealed class CollectionOrder() : LongestFirst(typeof(ProbeTests));
