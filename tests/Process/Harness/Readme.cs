using System.Text.RegularExpressions;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>One fenced block of README.md.</summary>
/// <param name="Language">The word after the fence.</param>
/// <param name="File">The file it shows, when the line before it is `name`:</param>
/// <param name="Lines">What stands between the fences.</param>
internal sealed record ReadmeBlock(string Language, string? File, IReadOnlyList<string> Lines);

/// <summary>README.md as its readers use it: files to write, commands to run, in this order.</summary>
internal static partial class Readme
{
    public static IReadOnlyList<string> Lines { get; } = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));

    public static IReadOnlyList<ReadmeBlock> Blocks { get; } = [.. Read()];

    private static IEnumerable<ReadmeBlock> Read()
    {
        string? caption = null;
        for (var i = 0; i < Lines.Count; i++)
        {
            if (!Lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                if (Lines[i].Length > 0) caption = Caption().Match(Lines[i]) is { Success: true } match ? match.Groups[1].Value : null;
                continue;
            }

            var inside = Lines.Skip(i + 1).TakeWhile(l => !l.StartsWith("```", StringComparison.Ordinal)).ToArray();
            yield return new ReadmeBlock(Lines[i][3..].Trim(), caption, inside);
            caption = null;
            i += inside.Length + 1;
        }
    }

    [GeneratedRegex("^`([^`]+)`:$")]
    private static partial Regex Caption();
}
