using System.Globalization;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Every promise of the lifecycle has a test that names it.</summary>
public sealed partial class CoverageTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_item_of_the_acceptance_list_and_every_row_of_the_originals_behaviour_is_named_by_a_test()
    {
        // The sources, because no project references all of the others.
        var labels = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(static file => Labels(file)).ToLookup(static label => label.Key, static label => label.Test);
        var promises = Promises.Acceptance.Keys.Select(static item => item.ToString(CultureInfo.InvariantCulture))
            .Concat(Promises.Original.Keys).ToArray();
        foreach (var promise in promises) output.WriteLine($"{promise}: {string.Join("; ", labels[promise].Order(StringComparer.Ordinal))}");

        Assert.Equal([], labels.Select(static label => label.Key).Except(promises));
        Assert.Equal([], promises.Except(labels.Select(static label => label.Key)));
    }

    private static IEnumerable<(string Key, string Test)> Labels(string file)
    {
        List<string> keys = [];
        foreach (var line in File.ReadLines(file))
        {
            if (Label().Match(line) is { Success: true } label) keys.Add(label.Groups[1].Value + label.Groups[2].Value);
            else if (Test().Match(line) is { Success: true } test)
            {
                foreach (var key in keys) yield return (key, $"{Path.GetFileNameWithoutExtension(file)}.{test.Groups[1].Value}");
                keys.Clear();
            }
        }

        Assert.True(keys.Count == 0, $"{file}: a label without a test after it");
    }

    [GeneratedRegex("""^\s*\[(?:Acceptance\((\d+)\)|Original\("([^"]+)"\))\]$""")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s*public (?:static )?(?:sealed class|async Task|void) (\w+)")]
    private static partial Regex Test();
}
