using System.CommandLine;
using PluginGateway.Control.Verbs;

namespace PluginGateway.Cli.Messages;

/// <summary>What <c>pair</c> was asked on the command line.</summary>
internal sealed record PairRequest(PairAction Action, string? Code = null, string? Whose = null, string? Adapter = null, string? User = null, string? Chat = null);

/// <summary>The words of <c>pair</c>.</summary>
internal static class PairCommands
{
    public static Command Pair(Func<PairRequest, Func<ParseResult, int>> execute, params Option[] options)
    {
        var adapter = new Option<string>("--adapter") { HelpName = "ID", Description = "Only this adapter's." };
        var code = new Argument<string?>("CODE") { Arity = ArgumentArity.ZeroOrOne, Description = "The code that the stranger was sent, as the stranger gave it to you." };
        var user = new Option<string>("--user") { HelpName = "[ADAPTER:]ID", Description = "A user by the platform's id, without a code." };
        var chat = new Option<string>("--chat") { HelpName = "[ADAPTER:]ID", Description = "A group by the platform's id: what is said to the bot there is heard." };
        var whose = new Argument<string?>("ADAPTER:USER") { Arity = ArgumentArity.ZeroOrOne, Description = "The adapter's id, a colon, and the platform's id of the user." };
        return new("pair", "Who may speak to an adapter because you said so. Strangers who write to the bot are sent a code, unless the adapter has an \"allow\" list. Works while the gateway runs and while it is down. "
            + "Exit 0: done; 1: not, and why.")
        {
            Complete(new Command("list", "Who is paired, and who has asked to be.") { adapter }, result => execute(new(PairAction.List, Adapter: result.GetValue(adapter)))(result)),
            Complete(
                new Command("approve", "Pair whoever was sent this code, which is used up then; or a user or a group by its id.") { code, user, chat, adapter },
                result => execute(new(PairAction.Approve, result.GetValue(code), null, result.GetValue(adapter), result.GetValue(user), result.GetValue(chat)))(result)),
            Complete(
                new Command("revoke", "Take back a pairing, or turn down a request.") { whose, chat, adapter },
                result => execute(new(PairAction.Revoke, null, result.GetValue(whose), result.GetValue(adapter), null, result.GetValue(chat)))(result)),
        };

        Command Complete(Command command, Func<ParseResult, int> action)
        {
            foreach (var option in options) command.Add(option);
            command.SetAction(action);
            return command;
        }
    }
}
