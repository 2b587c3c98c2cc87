namespace PluginGateway.MatrixTests;

/// <summary>Order of the classes of this project: the two that take half of the time each begin at once.</summary>
public sealed class CollectionOrder() : LongestFirst(typeof(WorkerTests), typeof(SoloTests));
