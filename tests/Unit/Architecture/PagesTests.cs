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
        var named = Names().Matches(File.ReadAllText(Path.Combine(root, page))).Select(static match => match.Groups[1].Value.TrimEnd('/'))
            .Where(static name => name != "Log.cs").Distinct().ToArray();
        Assert.True(named.Length > 5, $"{page} names {named.Length} files.");
        Assert.DoesNotContain(named, name => !Exists(Path.Combine(root, folder, name)) && !Exists(Path.Combine(root, name)));

        static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);
    }

    [Fact]
    public void Every_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it()
    {
        var root = Root();
        string[] folders = ["docs", "abstractions", "host", "plugins", "tests"];
        string[] pages =
        [
            .. Directory.GetFiles(root, "*.md"),
            .. folders.SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "*.md", SearchOption.AllDirectories)),
        ];
        // What others have written is not ours to mend: packages of the tests' own clients lie below tests.
        string[] foreign = ["/bin/", "/obj/", "/node_modules/"];
        var broken = pages.Where(page => !Array.Exists(foreign, folder => page.Contains(folder, StringComparison.Ordinal)))
            .SelectMany(page => Broken(root, page)).ToArray();

        Assert.True(pages.Length > 10, $"There are {pages.Length} pages.");
        Assert.Empty(broken);
    }

    private static IEnumerable<string> Broken(string root, string page)
    {
        foreach (Match link in Links().Matches(File.ReadAllText(page)))
        {
            var (file, heading) = (link.Groups[1].Value, link.Groups[2].Value);
            var target = file.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, file));
            var leads = Path.Exists(target) && (heading.Length == 0 || Headings(target).Contains(heading));
            if (!leads) yield return $"{Path.GetRelativePath(root, page)}: {link.Value}";
        }
    }

    /// <summary>Headings as the anchors that a link names: lower case, spaces as hyphens, no punctuation.</summary>
    private static IEnumerable<string> Headings(string page) =>
        File.ReadLines(page).Where(static line => line.StartsWith('#')).Select(static line => Anchor(line.TrimStart('#').Trim().ToLowerInvariant()));

    private static string Anchor(string heading) =>
        string.Concat(heading.Where(static c => char.IsLetterOrDigit(c) || c is ' ' or '-').Select(static c => c == ' ' ? '-' : c));

    internal static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "PluginGateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The repository is not above the tests.");
        return folder;
    }

    /// <summary>Links to other pages and to headings; none with a scheme.</summary>
    [GeneratedRegex(@"\]\(([^)#:\s]*)(?:#([^)\s]+))?\)")]
    private static partial Regex Links();

    /// <summary>Paths of source files, and folders with a slash or an upper-case name alone: between backticks, nothing else in them.</summary>
    [GeneratedRegex("`((?:[A-Za-z]+/)*[A-Za-z][A-Za-z.]*\\.(?:cs|csproj|json)|(?:host|plugins|tests|abstractions|[A-Z][a-z]+)/[A-Za-z/]*)`")]
    private static partial Regex Names();
}
