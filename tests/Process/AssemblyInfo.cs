using Xunit.Sdk;
using Xunit.v3;

// Every test owns whole processes, and mostly waits for them: a few classes side by side. What measures times runs alone.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 3)]
