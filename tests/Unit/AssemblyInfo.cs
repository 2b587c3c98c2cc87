using Xunit.Sdk;
using Xunit.v3;

// Half of the time these tests wait, for a deadline or for a thread: more of them side by side than there are processors, also of one class.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]
