using System.CommandLine;
using System.CommandLine.Parsing;
using PluginGateway.Cli.Checks;
using PluginGateway.Cli.Messages;
using PluginGateway.Cli.Service;
using PluginGateway.Hosting;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Units;

namespace PluginGateway.Cli;

/// <summary>The command line: its options, and one command a file. Without a verb it runs.</summary>
internal static class CommandLine
{
    private static readonly Option<string> Config = Text("--config", "FILE", "Configuration file. Default: ./plugins.json, else WebChat with Echo.");
    private static readonly Option<string> Data = Text("--data", "DIR",
        "Data directory. Default: $STATE_DIRECTORY, else the configured one, else ./data.");
    private static readonly Option<string> Http = Text("--http", "URL", "Address to listen on, instead of the configured one.");
    private static readonly Option<string> Log = Text("--log", "text|json",
        "Format of the log: text for people, JSON for programs. Default: text.").AcceptOnlyFromAmong("text", "json");
    private static readonly Option<bool> Json = new("--json") { Description = "Output in JSON." };

    private static readonly Option<bool> Safe = new("--safe") { Description = "Safe mode: run required adapters only." };

    private static readonly Option<bool> Replace = new("--replace")
    {
        Description = "Stop the gateway that holds the data directory (kill it if it does not stop), and take over.",
    };

    private static readonly Option<bool> InsecureModes = new("--insecure-modes")
    {
        Description = "Run although configuration, plugins or data directory belong to, or can be written by, another user."
    };

    private static readonly Option<bool> RunPlugins = new("--run-plugins")
    {
        Description = "Also run code of plugins that are not pinned, isolated or shipped, to validate their settings.",
    };

    private static readonly Option<bool> Pin = new("--pin")
    {
        Description = "Write the hash of each plugin's folder into the configuration. A folder that changes later is refused.",
    };

    /// <summary>Parses and obeys. A command line that cannot be understood is <see cref="ExitCodes.Configuration"/>: trying again does not
    /// help.</summary>
    public static int Invoke(IReadOnlyList<string> arguments, CommandWiring wiring)
    {
        var parsed = Root(wiring).Parse(arguments);
        var settings = new InvocationConfiguration
        {
            Output = wiring.Output.Writer,
            Error = wiring.Error.Writer,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null
        };
        // A command line with --help may lack required arguments.
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpExamples)
        {
            foreach (var error in parsed.Errors) wiring.Error.WriteLine($"plugin-gateway: {error.Message}");
            wiring.Error.WriteLine("Try: plugin-gateway --help");
            return ExitCodes.Configuration;
        }

        try
        {
            return parsed.Invoke(settings);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            wiring.Error.WriteLine($"plugin-gateway: {Printable.Text(problem.Message)}");
            if (OpenFilesLimit.Fault(1) is { } few) wiring.Error.WriteLine($"plugin-gateway: {few}.");
            return ExitCodes.Failed;
        }
    }

    private static RootCommand Root(CommandWiring wiring)
    {
        var root = new RootCommand("Gateway between chat platforms and a bot or agent. Adapters, one for each account, cannot stall it.")
        {
            Verb("run", "Run the gateway (also without a verb).", wiring.Run, Config, Data, Http, Log, Safe, Replace, InsecureModes),
            Verb("check", "Report every error in configuration, store and plugins, without connecting. Exit 0: it can run; 78: it cannot.",
                options => CheckCommand.Execute(options, wiring), Config, Data, Http, RunPlugins, Json),
            Verb("status", "Show the state of the gateway, its adapters and its messages. Exit 0: ready; 1: anything else.",
                options => StatusCommand.Execute(options, wiring), Config, Data, Json),
            Verb("stop", "Stop the gateway and wait for its end. Exit 0: stopped.",
                options => StopCommand.Execute(options, wiring), Config, Data, Json),
            Verb("restart", "Stop the gateway, so that its service manager starts it again, and wait for that. Exit 0: running again.",
                options => RestartCommand.Execute(options, wiring), Config, Data, Json),
            Adapter(wiring),
            Send(wiring),
            Reload(wiring),
            Verb("backup", "Copy the store to a new file, also while the gateway runs, and verify the copy. To put it back: plugin-gateway restore.",
                new Argument<string>("FILE") { Description = "File to write; it must not exist yet." },
                (file, options) => BackupCommand.Execute(file, options, wiring), Config, Data, Json),
            Verb("restore",
                "Replace the store by a backup while the gateway is stopped. The backup is verified first, the old store kept under another name.",
                new Argument<string>("FILE") { Description = "File that 'plugin-gateway backup' has written." },
                (file, options) => RestoreCommand.Execute(file, options, wiring), Config, Data, Json),
            Recover(wiring),
            MessageCommands.Outbox(query => result => MessageCommand.Execute(query, Read(result), wiring), Config, Data, Json),
            MessageCommands.Inbox(query => result => MessageCommand.Execute(query, Read(result), wiring), Config, Data, Json),
            PairCommands.Pair(request => result => PairCommand.Execute(request, Read(result), wiring), Config, Data, Json),
            StateCommand.Verb((action, adapter) => result => StateCommand.Execute(action, adapter, Read(result), wiring), Config, Data, Json),
            MemoryCommand.Verb(selection => result => MemoryCommand.Execute(selection, Read(result), wiring), Config, Data, Json),
            Service(wiring),
            Verb("plugins", "Show every configured or installed plugin: versions, hashes, users and state.",
                options => PluginsCommand.Execute(options, wiring), Config, Data, Pin, Json),
            Verb("inspect", "Show the declaration of a plugin's DLL, without running it. Exit 0: it can be loaded; 78: it would be refused.",
                new Argument<string>("PLUGIN") { Description = "Name of the plugin, or path of its DLL or folder." },
                (name, options) => InspectCommand.Execute(name, options, wiring), Config, Data, Json),
            Completion(wiring),
        };
        foreach (var turns in TurnCommands.All((action, id) => result => TurnCommands.Execute(action, id, Read(result), wiring), Config, Data, Json)) root.Add(turns);
        foreach (var option in new Option[] { Config, Data, Http, Log, Safe, Replace, InsecureModes }) root.Add(option);
        root.SetAction(result => wiring.Run(Read(result)));
        HelpExamples.AddTo(root);
        return root;
    }

    private static Command Send(CommandWiring wiring)
    {
        var text = new Argument<string>("TEXT") { Description = "Text to send.", Arity = ArgumentArity.ZeroOrOne };
        var to = Text("--to", "ADAPTER:CHAT", "Target: the adapter's id, a colon, and the platform's id of the chat.");
        var thread = Text("--thread", "ID", "Platform's id of a thread in the chat.");
        var key = Text("--key", "KEY", "Your own name for this message: it is sent once, however often the command is repeated.");
        var status = Text("--status", "KEY", "Show the state of the message with this key or id; send nothing.");
        var markdown = new Option<bool>("--markdown") { Description = "The text is Markdown." };
        var silent = new Option<bool>("--silent") { Description = "Deliver it without a sound, where the platform can." };
        var attach = new Option<string[]>("--attach") { HelpName = "FILE", Description = "File to send with the text; may be repeated." };
        var wait = new Option<bool>("--wait") { Description = "Wait until the message is delivered, rejected or parked." };
        var within = new Option<double>("--within")
        {
            HelpName = "SECONDS",
            Description = "Longest wait with --wait. Default: 30.",
            DefaultValueFactory = static _ => 30,
        };
        var verb = new Command("send",
            "Queue a message for one adapter of the running gateway. Exit 0: queued (with --wait: delivered); 1: not, with the reason.")
        {
            text, to, thread, key, status, markdown, silent, attach, wait, within, Config, Data, Json,
        };
        verb.SetAction(result =>
        {
            TimeSpan? patience = result.GetValue(wait) ? TimeSpan.FromSeconds(Math.Clamp(result.GetValue(within), 0, 86400)) : null;
            var send = new SendOptions(result.GetValue(to), result.GetValue(text), result.GetValue(thread), result.GetValue(key),
                result.GetValue(status), result.GetValue(markdown), patience)
            {
                Attach = result.GetValue(attach) ?? [],
                Silent = result.GetValue(silent),
            };
            return SendCommand.Execute(send, Read(result), wiring);
        });
        return verb;
    }

    private static Command Completion(CommandWiring wiring)
    {
        var shell = new Argument<string>("SHELL") { Description = "Shell: bash or zsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var verb = new Command("completion",
            "Print a completion script for commands and options: source <(plugin-gateway completion bash)") { shell };
        verb.SetAction(result => CompletionCommand.Execute(result.GetRequiredValue(shell), wiring));
        return verb;
    }

    private static Command Adapter(CommandWiring wiring)
    {
        return new("adapter", "Enable, disable or reconnect one adapter of the running gateway. Exit 0: done; 1: not, with the reason.")
        {
            Action(AdapterAction.Enable, "Start the adapter, and keep it enabled over restarts."),
            Action(AdapterAction.Disable, "Stop the adapter, and keep it disabled over restarts until it is enabled or its configuration changes."),
            Action(AdapterAction.Reconnect, "Reconnect the adapter, from every state."),
        };

        Command Action(AdapterAction action, string description)
        {
            var id = new Argument<string>("ID") { Description = "The adapter's id." };
            return Verb(action.ToString().ToLowerInvariant(), description, id,
                (name, options) => AdapterCommand.Execute(action, name, options, wiring), Config, Data, Json);
        }
    }

    private static Command Reload(CommandWiring wiring)
    {
        var id = new Argument<string?>("ID")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Reload this adapter only, with its plugin, even without changes. Default: everything that changed.",
        };
        var verb = new Command("reload",
            "Apply changes of the configuration and of plugin folders to the running gateway. Exit 0: all applied; 1: not, with the reason.") { id };
        foreach (var option in new Option[] { Config, Data, Json }) verb.Add(option);
        verb.SetAction(result => ReloadCommand.Execute(result.GetValue(id), Read(result), wiring));
        return verb;
    }

    private static Command Recover(CommandWiring wiring)
    {
        var to = Text("--to", "DIR",
            "Write the new store into this data directory and leave the damaged one unchanged, for a read-only or full disk.");
        var verb = new Command("recover", "Save the readable part of a damaged store into a new store, when the gateway refuses to start. "
            + "The damaged store is kept beside it under another name. Exit 0: nothing lost; 1: something lost, or not done.") { to };
        foreach (var option in new Option[] { Config, Data, Json }) verb.Add(option);
        verb.SetAction(result => RecoverCommand.Execute(result.GetValue(to), Read(result), wiring));
        return verb;
    }

    private static Command Service(CommandWiring wiring)
    {
        var manager = new Argument<string>("MANAGER") { Description = "Service manager: systemd, launchd or docker." };
        manager.AcceptOnlyFromAmong("systemd", "launchd", "docker");
        return new("service", "Service definitions for a service manager.")
        {
            Verb("print", "Print a service definition for this executable and this configuration.", manager,
                (name, options) => ServiceCommand.Execute(name, options, wiring), Config, Data),
        };
    }

    private static Command Verb(
        string name, string description, Argument<string> argument, Func<string, CliOptions, int> execute, params Option[] options)
    {
        var verb = new Command(name, description) { argument };
        foreach (var option in options) verb.Add(option);
        verb.SetAction(result => execute(result.GetRequiredValue(argument), Read(result)));
        return verb;
    }

    private static Command Verb(string name, string description, Func<CliOptions, int> execute, params Option[] options)
    {
        var verb = new Command(name, description);
        foreach (var option in options) verb.Add(option);
        verb.SetAction(result => execute(Read(result)));
        return verb;
    }

    private static CliOptions Read(ParseResult result) => new(
        result.GetValue(Config), result.GetValue(Data), result.GetValue(Http), result.GetValue(Log) == "json" ? LogFormat.Json : LogFormat.Text,
        result.GetValue(Json), result.GetValue(Safe),
        result.GetValue(Replace))
    {
        InsecureModes = result.GetValue(InsecureModes),
        RunPlugins = result.GetValue(RunPlugins),
        Pin = result.GetValue(Pin),
    };

    private static Option<string> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
