using System.Globalization;
using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Reloading;
using Spectre.Console;

namespace PluginGateway.Cli;

/// <summary><c>reload [ID]</c>: over the control socket; returns when the reload is over.</summary>
internal static class ReloadCommand
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(50);

    public static int Execute(string? id, CliOptions options, CommandWiring wiring)
    {
        var (report, error) = Ask(id, wiring.DataDirectory(options, DataUse.Gateway));
        report ??= new ReloadReport(0, "reload", id, false, 0, error, [], [], [], []);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(report, CliJson.Indented.ReloadReport));
        else Show(report, wiring);
        return report.Ok ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static (ReloadReport? Report, string? Error) Ask(string? id, string dataDirectory)
    {
        if (!InstanceLock.IsHeld(dataDirectory)) return (null, $"No gateway runs in '{dataDirectory}'; it reads its configuration when it starts.");
        var arguments = new Dictionary<string, string>();
        if (id is not null) arguments["id"] = id;
        while (true)
        {
            var response = ControlClient.Ask(dataDirectory, "reload", arguments, ControlClient.Patience);
            if (!response.Answered)
            {
                return (null, InstanceLock.IsHeld(dataDirectory)
                    ? $"control.sock gives no answer ({response.Error}); see: plugin-gateway status --data '{dataDirectory}'"
                    : "The gateway has ended meanwhile; its next start reads the configuration.");
            }

            if (response.Result is not { } json) return (null, response.Error);
            var report = JsonSerializer.Deserialize(json, AnswerMetadata.Default.ReloadReport)!;
            if (report.Done) return (report, null);
            arguments["ticket"] = report.Ticket.ToString(CultureInfo.InvariantCulture);
            Thread.Sleep(AskAgainAfter);
        }
    }

    private static void Show(ReloadReport report, CommandWiring wiring)
    {
        foreach (var problem in report.Problems) (report.Refusal is null ? wiring.Output : wiring.Error).WriteLine(Printable.Text(problem));
        if (report.Refusal is { } why)
        {
            wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {why}"));
            return;
        }

        var table = new Table { Border = TableBorder.None };
        foreach (var heading in new[] { "Id", "Plugin", "Reload", "State" })
            table.AddColumn(new TableColumn(Cell(heading)) { Padding = new Padding(0, 0, 2, 0) });
        foreach (var unit in report.Units)
            table.AddRow(Cell(unit.Id), Cell(unit.Plugin), Cell(unit.Outcome.ToString().ToLowerInvariant()), Cell(unit.State ?? ""));
        wiring.Output.Console.Write(table);
        foreach (var unit in report.Units)
        {
            if (unit.Reason is { } reason)
                wiring.Output.WriteLine(Printable.Text($"- {unit.Id}: {reason}{(unit.Code is null ? "" : $" [{unit.Code}]")}"));
        }

        if (report.Applied.Count > 0) wiring.Output.WriteLine($"In force: {string.Join(", ", report.Applied)}");
        if (report.NeedsRestart.Count > 0)
            wiring.Output.WriteLine($"After a restart (plugin-gateway restart): {string.Join(", ", report.NeedsRestart)}");
        wiring.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Reloaded in {report.Seconds:0.00} s."));
    }

    private static Text Cell(string text) => new(Printable.Text(text));
}
