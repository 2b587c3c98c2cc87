using Xunit.Sdk;
using Xunit.v3;

// Every test owns whole processes and measures their times: one after another.
[assembly: Parallelization(Mode = ParallelMode.None)]
