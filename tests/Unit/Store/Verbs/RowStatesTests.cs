using System.Globalization;
using System.Text.RegularExpressions;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Architecture;

namespace PluginGateway.Tests.Store.Verbs;

/// <summary>The numbers of states stand in one file: as enums, and beside them as statements have them.</summary>
public sealed partial class RowStatesTests
{
    [Fact]
    public void Numbers_in_statements_are_those_of_the_enums()
    {
        Assert.Equal(Numbers<OutboxState>(), Constants(typeof(OutboxSql)));
        Assert.Equal(Numbers<InboxState>(), Constants(typeof(InboxSql)));
        Assert.Equal(OutboxSql.IsMessage, $"kind = {(int)OwedKind.Message}");
        Assert.Equal(OutboxSql.IsEdit, $"kind = {(int)OwedKind.Edit}");
        Assert.Equal(RowSql.Open, $"state < {(int)OutboxState.Delivered}");
        Assert.Equal(RowSql.Open, $"state < {(int)InboxState.Handled}");
        Assert.Equal(RowSql.Ended, RowSql.Open.Replace("<", ">=", StringComparison.Ordinal));
    }

    [Fact]
    public void No_source_file_of_the_host_has_a_statement_with_a_number_of_its_own()
    {
        var files = Directory.GetFiles(Path.Combine(PagesTests.Root(), "host"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToArray();
        Assert.True(files.Length > 100);
        var found = files.Where(static file => File.ReadLines(file).Any(static line => Number().IsMatch(line)));
        Assert.Equal(["RowStates.cs"], found.Select(Path.GetFileName));
    }

    private static SortedDictionary<string, string> Numbers<T>()
        where T : struct, Enum => new(Enum.GetValues<T>().ToDictionary(
            static value => value.ToString(),
            static value => Convert.ToInt32(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)));

    private static SortedDictionary<string, string> Constants(Type type) => new(type.GetFields()
        .Where(static field => field.Name is not (nameof(OutboxSql.IsMessage) or nameof(OutboxSql.IsEdit) or nameof(InboxSql.Session)))
        .ToDictionary(static field => field.Name, static field => (string)field.GetValue(null)!));

    [GeneratedRegex(@"(?<!if \()\b(state|kind) (<|>|=|>=|<=|<>|WHEN|IN) \(?\d|SET state = \d|CASE state WHEN \d")]
    private static partial Regex Number();
}
