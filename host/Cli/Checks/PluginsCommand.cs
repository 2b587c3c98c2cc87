using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Status;
using Spectre.Console;

namespace PluginGateway.Cli.Checks;

/// <summary><c>plugins</c>: plugins that are configured or lie in the plugin folders, with their states if a gateway runs.</summary>
internal static class PluginsCommand
{
    private const int ShownOfHash = 12;

    public static int Execute(CliOptions options, CommandWiring wiring)
    {
        if (options.Pin) return PinCommand.Execute(options, wiring);
        var running = Running(wiring.DataDirectory(options, DataUse.Gateway));
        PluginReport[] plugins =
        [
            .. wiring.Plugins(options).Select(plugin => plugin with
            {
                UsedBy = [.. plugin.UsedBy.Select(
                    use => use with { Running = running.GetValueOrDefault(use.Id) is { } unit && unit.Plugin == plugin.Name ? unit : null })],
            }),
        ];
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(plugins, CliJson.Indented.PluginReportArray));
        else Show(plugins, wiring.Output);
        return ExitCodes.Planned;
    }

    private static Dictionary<string, UnitReport> Running(string dataDirectory)
    {
        if (!InstanceLock.IsHeld(dataDirectory)) return [];
        var response = ControlClient.Ask(dataDirectory, "plugins", null, ControlClient.Patience);
        return response.Result is { } json
            ? JsonSerializer.Deserialize(json, AnswerMetadata.Default.UnitReportArray)!.ToDictionary(static unit => unit.Id)
            : [];
    }

    private static void Show(PluginReport[] plugins, Terminal terminal)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (var heading in new[] { "Plugin", "Kind", "Version", "Contract", "DLL", "Content", "Used by" })
            table.AddColumn(new TableColumn(Cell(heading)) { Padding = new Padding(0, 0, 2, 0) });
        foreach (var plugin in plugins)
        {
            table.AddRow(
                Cell(plugin.Name), Cell(plugin.Kind ?? "?"), Cell(plugin.Dll.Version ?? ""), Cell(plugin.Dll.Contract ?? ""),
                Cell(Short(plugin.Dll.Sha256)), Cell(Short(plugin.Dll.ContentHash)),
                Cell(string.Join(", ", plugin.UsedBy.Select(static use =>
                    use.Running is { } unit ? $"{use.Id} ({unit.State}{(unit.Worker is { } worker ? $", process {worker.Pid}" : "")})" : use.Id))));
        }

        terminal.Console.Write(table);
        foreach (var plugin in plugins)
        {
            foreach (var sentence in Notes(plugin).Distinct(StringComparer.Ordinal)) terminal.WriteLine(Printable.Text($"- {sentence}"));
        }
    }

    private static IEnumerable<string> Notes(PluginReport plugin)
    {
        if (plugin.Dll.Problem is { } problem) yield return $"{problem} [{plugin.Dll.Code}]";
        foreach (var warning in plugin.Dll.Warnings) yield return warning;
        foreach (var use in plugin.UsedBy)
        {
            if (use.Problem is { } why) yield return $"{why} [{use.Code}]";
            if (use.Running is not { } unit) continue;
            if (unit.Reason is { } reason) yield return $"{use.Id} is {unit.State}: {reason}{(unit.Code is null ? "" : $" [{unit.Code}]")}";
            if (unit.ContentHash is { } hash && plugin.Dll.ContentHash is { } here && hash != here)
                yield return
                    $"{use.Id} runs other content than its folder has now ({Short(hash)}); 'plugin-gateway reload {use.Id}' takes what is there.";
        }
    }

    private static string Short(string? hash) => hash is null ? "" : hash[..Math.Min(ShownOfHash, hash.Length)];

    private static Text Cell(string text) => new(Printable.Text(text));
}
