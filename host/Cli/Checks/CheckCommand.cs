using System.Text.Json;
using PluginGateway.Logging;
using PluginGateway.Posix;

namespace PluginGateway.Cli.Checks;

/// <summary><c>check</c>: every problem at once, worst first.</summary>
internal static class CheckCommand
{
    public static int Execute(CliOptions options, CommandWiring wiring)
    {
        var report = wiring.Check(options);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(report, CliJson.Indented.CheckReport));
        else Show(report, wiring.Output);
        return report.Ok ? ExitCodes.Planned : ExitCodes.Configuration;
    }

    private static void Show(CheckReport report, Terminal terminal)
    {
        foreach (var finding in report.Findings.OrderByDescending(finding => finding.Severity))
        {
            var word = finding.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" };
            terminal.WriteLine(Printable.Text($"{word}: {finding.Where}: {finding.Sentence}{(finding.Code is null ? "" : $" [{finding.Code}]")}"));
        }

        var errors = report.Findings.Count(finding => finding.Severity == Severity.Error);
        terminal.WriteLine(report.Ok
            ? $"{report.Source}: can run; data in {report.DataDirectory}"
            : $"{report.Source}: cannot run: {errors} error{(errors == 1 ? "" : "s")}");
    }
}
