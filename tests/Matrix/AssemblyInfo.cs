using PluginGateway.MatrixTests;
using Xunit.Sdk;
using Xunit.v3;

// Every test owns whole processes and measures their times: within a class one after another. Two classes side by side: mostly they wait, for
// deadlines, and a bound is stretched by what the machine does to a thread that has nothing to do with the gateway.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 2)]
[assembly: TestCollectionOrderer(typeof(CollectionOrder))]
