using Xunit.Sdk;
using Xunit.v3;

// Half of the time these tests wait, for a deadline or for a thread: more classes side by side than there are processors.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 4)]
