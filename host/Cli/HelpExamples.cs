using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PluginGateway.Cli;

/// <summary>Help of a command, followed by examples.</summary>
internal sealed class HelpExamples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string[]> Examples = new()
    {
        ["run"] = ["plugin-gateway", "plugin-gateway run --config /etc/plugin-gateway/plugins.json --log json"],
        ["check"] = ["plugin-gateway check --config plugins.json", "plugin-gateway check --json | jq .findings"],
        ["status"] = ["plugin-gateway status", "plugin-gateway status --json | jq .messages"],
        ["stop"] = ["plugin-gateway stop --data /var/lib/plugin-gateway"],
        ["restart"] = ["plugin-gateway restart"],
        ["adapter"] = ["plugin-gateway adapter reconnect telegram-main", "plugin-gateway adapter disable irc"],
        ["reload"] = ["plugin-gateway reload", "plugin-gateway reload telegram-main"],
        ["send"] =
        [
            "plugin-gateway send --to web:readme \"Hello\"",
            "plugin-gateway send --to telegram-main:12345 \"Backup done\" --key backup-2026-07-01 --wait",
            "plugin-gateway send --to telegram-main:12345 \"The plot\" --attach plot.png",
            "plugin-gateway send --status backup-2026-07-01",
        ],
        ["backup"] = ["plugin-gateway backup /var/backups/gateway-2026-07-01.db"],
        ["restore"] = ["plugin-gateway stop && plugin-gateway restore /var/backups/gateway-2026-07-01.db"],
        ["recover"] = ["plugin-gateway recover --data /var/lib/plugin-gateway",
            "plugin-gateway recover --data /mnt/broken-disk/plugin-gateway --to /var/lib/plugin-gateway"],
        ["outbox"] =
        [
            "plugin-gateway outbox list --state parked",
            "plugin-gateway outbox show 17",
            "plugin-gateway outbox resend --all-parked --adapter telegram-main",
            "plugin-gateway outbox drop 17 18",
            "plugin-gateway outbox drop --all --adapter telegram-main --chat 12345 --older 7d",
        ],
        ["inbox"] = [
            "plugin-gateway inbox list --state parked", "plugin-gateway inbox rerun 5", "plugin-gateway inbox drop --all --older 30d --confirm 12"],
        ["turns"] = ["plugin-gateway turns", "plugin-gateway turns --json | jq '.[].id'"],
        ["turn"] = ["plugin-gateway turn stop 57"],
        ["pair"] = ["plugin-gateway pair list", "plugin-gateway pair approve K7MPQ2XA", "plugin-gateway pair revoke telegram-main:12345"],
        ["state"] = ["plugin-gateway state list", "plugin-gateway state forget telegram-old"],
        ["memory"] = ["plugin-gateway memory list --adapter telegram-main", "plugin-gateway memory show telegram-main/12345",
            "plugin-gateway memory drop --session telegram-main/12345", "plugin-gateway memory drop --older 30d"],
        ["service"] = ["plugin-gateway service print systemd --config /etc/plugin-gateway/plugins.json > /etc/systemd/system/plugin-gateway.service"],
        ["plugins"] = ["plugin-gateway plugins"],
        ["inspect"] = ["plugin-gateway inspect WebChat", "plugin-gateway inspect ./plugins/Irc/Irc.dll --json"],
        ["completion"] = ["source <(plugin-gateway completion bash)", "source <(plugin-gateway completion zsh)"],
    };

    /// <summary>Adds the examples to the help of every command under a root.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction help) option.Action = new HelpExamples(help);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        if (command is RootCommand)
        {
            output.Write("Examples:\n  plugin-gateway check && plugin-gateway\n  plugin-gateway status\n\n"
                + "'plugin-gateway COMMAND --help' shows the options and examples of a command.\n");
        }
        else if (Examples.TryGetValue(command.Name, out var lines)
            || (command.Parents.FirstOrDefault() is Command parent && Examples.TryGetValue(parent.Name, out lines)))
        {
            output.Write($"Example{(lines.Length == 1 ? "" : "s")}:\n{string.Concat(lines.Select(static line => $"  {line}\n"))}");
        }

        return code;
    }
}
