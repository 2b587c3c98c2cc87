using System.Collections.Concurrent;
using System.Globalization;

[assembly: AssemblyFixture(typeof(PluginGateway.MatrixTests.Summary))]

namespace PluginGateway.MatrixTests;

/// <summary>The table of the whole matrix: written to artifacts/misbehaviour.md when the last test has run; what is broken is printed as
/// well.</summary>
public sealed class Summary : IDisposable
{
    private static readonly ConcurrentQueue<Row> Rows = [];

    internal static void Add(string sin, string phase, string outcome, double? overDeadline, bool held) =>
        Rows.Enqueue(new Row(sin, phase, outcome, overDeadline, held));

    public void Dispose()
    {
        if (Rows.IsEmpty) return;
        List<string> lines = ["| sin | phase | outcome | over its deadline, ms | promise |", "|---|---|---|---|---|"];
        lines.AddRange(
            Rows.OrderBy(static row => row.Phase, StringComparer.Ordinal).ThenBy(static row => row.Sin, StringComparer.Ordinal).Select(Line));
        var late = Rows.Select(static row => row.OverDeadline).OfType<double>().Order().ToArray();
        var verdict = $"{Rows.Count} rows, {Rows.Count(static row => !row.Held)} broken"
            + (late.Length > 0 ? $"; over the deadline: median {Milliseconds(late[late.Length / 2])} ms, worst {Milliseconds(late[^1])} ms." : ".");
        var folder = Path.Combine(Repository.Root, "artifacts");
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "misbehaviour.md"), [.. lines, "", verdict]);
        foreach (var line in Rows.Where(static row => !row.Held).Select(Line).Append(verdict)) Console.WriteLine(line);
    }

    private static string Line(Row row) =>
        $"| {row.Sin} | {row.Phase} | {row.Outcome.Replace('|', '/').ReplaceLineEndings(" ")} | {Milliseconds(row.OverDeadline)} | {(row.Held ? "held" : "**broken**")} |";

    private static string Milliseconds(double? seconds) => seconds is { } value ? (value * 1000).ToString("0", CultureInfo.InvariantCulture) : "";

    private sealed record Row(string Sin, string Phase, string Outcome, double? OverDeadline, bool Held);
}
