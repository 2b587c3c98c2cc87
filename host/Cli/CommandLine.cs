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
    private static readonly Option<string> Config = Text("--config", "FILE", "The configuration file. Default: ./plugins.json, else WebChat with Echo.");
    private static readonly Option<string> Data = Text("--data", "DIR", "The data directory. Default: $STATE_DIRECTORY, else what the configuration says, else ./data.");
    private static readonly Option<string> Http = Text("--http", "URL", "The address to listen on, instead of the configured one.");
    private static readonly Option<string> Log = Text("--log", "text|json", "Who reads the log: people or machines. Default: text.").AcceptOnlyFromAmong("text", "json");
    private static readonly Option<bool> Json = new("--json") { Description = "Answer in JSON." };

    private static readonly Option<bool> Safe = new("--safe") { Description = "Safe mode: run required adapters only." };

    private static readonly Option<bool> Replace = new("--replace") { Description = "Stop the gateway that runs in the data directory, kill it if it does not stop, and take its place." };

    private static readonly Option<bool> InsecureModes = new("--insecure-modes") { Description = "Run although configuration, plugins or data directory belong to, or can be written by, another user." };

    private static readonly Option<bool> RunPlugins = new("--run-plugins") { Description = "Also run code of plugins that are neither pinned nor isolated, to ask them about their settings." };

    private static readonly Option<bool> Pin = new("--pin") { Description = "Write the hash of each plugin's folder into the configuration: whatever changes in it later is refused." };

    /// <summary>Parses and obeys. A command line that cannot be understood is <see cref="ExitCodes.Configuration"/>: trying again does not help.</summary>
    public static int Invoke(IReadOnlyList<string> arguments, CommandWiring wiring)
    {
        var parsed = Root(wiring).Parse(arguments);
        var settings = new InvocationConfiguration { Output = wiring.Output.Writer, Error = wiring.Error.Writer, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        // Who asks for help has not said everything yet.
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
        var root = new RootCommand("Connects a bot or an agent to chat platforms, through adapters that cannot stall it.")
        {
            Verb("run", "Run the gateway (also without a verb).", wiring.Run, Config, Data, Http, Log, Safe, Replace, InsecureModes),
            Verb("check", "Look at configuration and plugins, connect nothing. Exit 0: it can run; 78: it cannot.", options => CheckCommand.Execute(options, wiring), Config, Data, Http, RunPlugins, Json),
            Verb("status", "How the gateway and its adapters are. Exit 0: ready; 1: anything else.", options => StatusCommand.Execute(options, wiring), Config, Data, Json),
            Verb("stop", "Stop it, and wait until it has. Exit 0: it is down.", options => StopCommand.Execute(options, wiring), Config, Data, Json),
            Verb("restart", "Stop it, for its service manager to start it again. Exit 0: it runs again.", options => RestartCommand.Execute(options, wiring), Config, Data, Json),
            Adapter(wiring),
            Send(wiring),
            Reload(wiring),
            Verb("backup", "Copy the store to a new file, also while the gateway runs; the copy is checked. To put it back: plugin-gateway restore.",
                new Argument<string>("FILE") { Description = "A file that does not exist yet." }, (file, options) => BackupCommand.Execute(file, options, wiring), Config, Data, Json),
            Verb("restore", "Put a backup into the place of the store, while the gateway is down. The backup is checked first, and the store that was there is kept under another name.",
                new Argument<string>("FILE") { Description = "A file that backup has written." }, (file, options) => RestoreCommand.Execute(file, options, wiring), Config, Data, Json),
            Recover(wiring),
            MessageCommands.Outbox(query => result => MessageCommand.Execute(query, Read(result), wiring), Config, Data, Json),
            MessageCommands.Inbox(query => result => MessageCommand.Execute(query, Read(result), wiring), Config, Data, Json),
            PairCommands.Pair(request => result => PairCommand.Execute(request, Read(result), wiring), Config, Data, Json),
            StateCommand.Verb((action, adapter) => result => StateCommand.Execute(action, adapter, Read(result), wiring), Config, Data, Json),
            Service(wiring),
            Verb("plugins", "Every plugin that is configured or lies in a plugin folder: versions, hashes, who uses it, how it is.", options => PluginsCommand.Execute(options, wiring), Config, Data, Pin, Json),
            Verb("inspect", "What a plugin's DLL says about itself, read and not run. Exit 0: it can be loaded; 78: it would be refused.",
                new Argument<string>("PLUGIN") { Description = "The plugin's name, or the path of its DLL or folder." }, (name, options) => InspectCommand.Execute(name, options, wiring), Config, Data, Json),
            Completion(wiring),
        };
        foreach (var option in new Option[] { Config, Data, Http, Log, Safe, Replace, InsecureModes }) root.Add(option);
        root.SetAction(result => wiring.Run(Read(result)));
        HelpExamples.AddTo(root);
        return root;
    }

    private static Command Send(CommandWiring wiring)
    {
        var text = new Argument<string>("TEXT") { Description = "What to send.", Arity = ArgumentArity.ZeroOrOne };
        var to = Text("--to", "ADAPTER:CHAT", "Where to: the adapter's id, a colon, and the platform's id of the chat.");
        var thread = Text("--thread", "ID", "The platform's id of a thread in the chat.");
        var key = Text("--key", "KEY", "A name of your own for this message: the same command again sends nothing twice.");
        var status = Text("--status", "KEY", "Send nothing; say what became of the message with this key or id.");
        var markdown = new Option<bool>("--markdown") { Description = "The text is Markdown." };
        var attach = new Option<string[]>("--attach") { HelpName = "FILE", Description = "A file to send with it; may be said several times." };
        var wait = new Option<bool>("--wait") { Description = "Wait for the outcome." };
        var within = new Option<double>("--within") { HelpName = "SECONDS", Description = "How long to wait for it. Default: 30.", DefaultValueFactory = static _ => 30 };
        var verb = new Command("send", "Send a message through one adapter of the running gateway. Exit 0: it is owed (with --wait: delivered); 1: not, and why.")
        {
            text, to, thread, key, status, markdown, attach, wait, within, Config, Data, Json,
        };
        verb.SetAction(result =>
        {
            TimeSpan? patience = result.GetValue(wait) ? TimeSpan.FromSeconds(Math.Clamp(result.GetValue(within), 0, 86400)) : null;
            var send = new SendOptions(result.GetValue(to), result.GetValue(text), result.GetValue(thread), result.GetValue(key), result.GetValue(status), result.GetValue(markdown), patience)
            {
                Attach = result.GetValue(attach) ?? [],
            };
            return SendCommand.Execute(send, Read(result), wiring);
        });
        return verb;
    }

    private static Command Completion(CommandWiring wiring)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var verb = new Command("completion", "Print a script that completes commands and options in your shell: source <(plugin-gateway completion bash)") { shell };
        verb.SetAction(result => CompletionCommand.Execute(result.GetRequiredValue(shell), wiring));
        return verb;
    }

    private static Command Adapter(CommandWiring wiring)
    {
        return new("adapter", "Enable, disable or reconnect one adapter of the running gateway. Exit 0: done; 1: not, and why.")
        {
            Action(AdapterAction.Enable, "Run it, also after the next start."),
            Action(AdapterAction.Disable, "Take it down, and keep it down over restarts until it is enabled or its configuration changes."),
            Action(AdapterAction.Reconnect, "Start it afresh, whatever state it is in."),
        };

        Command Action(AdapterAction action, string description)
        {
            var id = new Argument<string>("ID") { Description = "The adapter's id." };
            return Verb(action.ToString().ToLowerInvariant(), description, id, (name, options) => AdapterCommand.Execute(action, name, options, wiring), Config, Data, Json);
        }
    }

    private static Command Reload(CommandWiring wiring)
    {
        var id = new Argument<string?>("ID") { Arity = ArgumentArity.ZeroOrOne, Description = "Only this adapter, and its plugin again even if nothing changed. Default: everything that changed." };
        var verb = new Command("reload", "Read the configuration and the plugin folders again and apply what changed. Exit 0: all of it is at work; 1: not, and why.") { id };
        foreach (var option in new Option[] { Config, Data, Json }) verb.Add(option);
        verb.SetAction(result => ReloadCommand.Execute(result.GetValue(id), Read(result), wiring));
        return verb;
    }

    private static Command Recover(CommandWiring wiring)
    {
        var to = Text("--to", "DIR", "Write the new store into this data directory, and leave the damaged one alone: for one on a read-only or full disk.");
        var verb = new Command("recover", "When the store is damaged and the gateway refuses to start: save what can still be read into a new store. The damaged one is kept beside it, under " +
            "another name. Exit 0: nothing was lost; 1: something was, or it could not be done.") { to };
        foreach (var option in new Option[] { Config, Data, Json }) verb.Add(option);
        verb.SetAction(result => RecoverCommand.Execute(result.GetValue(to), Read(result), wiring));
        return verb;
    }

    private static Command Service(CommandWiring wiring)
    {
        var manager = new Argument<string>("MANAGER") { Description = "Which service manager: systemd, launchd or docker." };
        manager.AcceptOnlyFromAmong("systemd", "launchd", "docker");
        return new("service", "What a service manager needs to run the gateway.")
        {
            Verb("print", "Print a unit for this executable and this configuration.", manager, (name, options) => ServiceCommand.Execute(name, options, wiring), Config, Data),
        };
    }

    private static Command Verb(string name, string description, Argument<string> argument, Func<string, CliOptions, int> execute, params Option[] options)
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
        result.GetValue(Config), result.GetValue(Data), result.GetValue(Http), result.GetValue(Log) == "json" ? LogFormat.Json : LogFormat.Text, result.GetValue(Json), result.GetValue(Safe),
        result.GetValue(Replace))
    {
        InsecureModes = result.GetValue(InsecureModes),
        RunPlugins = result.GetValue(RunPlugins),
        Pin = result.GetValue(Pin),
    };

    private static Option<string> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
