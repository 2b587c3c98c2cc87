using Xunit.Sdk;
using Xunit.v3;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>Order of a project's test collections: those of the classes with the longest tests first, so that none of these runs by itself at the
/// end; the others in any order.</summary>
/// <param name="longest">The classes, in this order.</param>
public abstract class LongestFirst(params Type[] longest) : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Place(collection.TestCollectionDisplayName))];

    private int Place(string name) =>
        Array.FindIndex(longest, type => name.Contains(type.FullName!, StringComparison.Ordinal)) is >= 0 and var place ? place : longest.Length;
}
