using Xunit.Sdk;
using Xunit.v3;

// Every test owns whole processes, and most of its time it waits for them: side by side, also the rows of a theory. What they measure is written
// down, not judged, but for wide bounds.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]
[assembly: TestCollectionOrderer(typeof(PluginGateway.PeerTests.CollectionOrder))]
