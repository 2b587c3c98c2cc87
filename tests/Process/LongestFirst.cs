using Xunit.Sdk;
using Xunit.v3;

namespace PluginGateway.ProcessTests;

/// <summary>Starts the classes with the longest tests first, so that none of these runs by itself at the end; the others in any order.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Longest = [typeof(KillTests), typeof(WorkerTests), typeof(ReadmeTests), typeof(ScheduleTests)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(static collection => Place(collection.TestCollectionDisplayName))];

    private static int Place(string name) =>
        Array.FindIndex(Longest, type => name.Contains(type.FullName!, StringComparison.Ordinal)) is >= 0 and var place ? place : Longest.Length;
}
