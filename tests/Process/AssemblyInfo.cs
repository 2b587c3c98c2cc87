using PluginGateway.ProcessTests;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Every test owns whole processes, and mostly waits for them: a few side by side, also of one class. What measures times runs alone.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]
[assembly: TestCollectionOrderer(typeof(CollectionOrder))]
