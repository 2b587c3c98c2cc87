using System.Text.RegularExpressions;

namespace PluginGateway.Tests.Architecture;

/// <summary>The pages that explain the house name its files: what they name exists.</summary>
public sealed partial class PagesTests
{
    [Theory]
    [InlineData("CONTRIBUTING.md", "")]
    [InlineData("host/README.md", "host")]
    [InlineData("host/Guard/README.md", "host/Guard")]
    public void Every_file_and_folder_that_a_page_names_exists(string page, string folder)
    {
        var root = Root();
        var named = Names().Matches(File.ReadAllText(Path.Combine(root, page))).Select(static match => match.Groups[1].Value.TrimEnd('/')).Where(static name => name != "Log.cs").Distinct().ToArray();
        Assert.True(named.Length > 5, $"{page} names {named.Length} files.");
        Assert.DoesNotContain(named, name => !Exists(Path.Combine(root, folder, name)) && !Exists(Path.Combine(root, name)));

        static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "PluginGateway.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The repository is not above the tests.");
        return folder;
    }

    /// <summary>Paths of source files, and folders with a slash or an upper-case name alone: between backticks, nothing else in them.</summary>
    [GeneratedRegex("`((?:[A-Za-z]+/)*[A-Za-z][A-Za-z.]*\\.(?:cs|csproj|json)|(?:host|plugins|tests|abstractions|[A-Z][a-z]+)/[A-Za-z/]*)`")]
    private static partial Regex Names();
}
