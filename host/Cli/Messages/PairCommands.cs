using System.CommandLine;
using PluginGateway.Control.Verbs;

namespace PluginGateway.Cli.Messages;

/// <summary>Arguments of <c>pair</c> on the command line.</summary>
internal sealed record PairRequest(
    PairAction Action, string? Code = null, string? Whose = null, string? Adapter = null, string? User = null, string? Chat = null);

/// <summary>The words of <c>pair</c>.</summary>
internal static class PairCommands
{
    public static Command Pair(Func<PairRequest, Func<ParseResult, int>> execute, params Option[] options)
    {
        var adapter = new Option<string>("--adapter") { HelpName = "ID", Description = "Only requests and pairings of this adapter." };
        var code = new Argument<string?>("CODE") { Arity = ArgumentArity.ZeroOrOne, Description = "Code that the stranger got and gave to you." };
        var user = new Option<string>("--user") { HelpName = "[ADAPTER:]ID", Description = "User to pair by the platform's id, without a code." };
        var chat = new Option<string>("--chat")
        {
            HelpName = "[ADAPTER:]ID",
            Description = "Group by the platform's id: in an open group the bot receives the messages addressed to it.",
        };
        var whose = new Argument<string?>("ADAPTER:USER")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Adapter's id, a colon, and the platform's id of the user.",
        };
        return new("pair", "Show and change the users who may write to the bot, and the open groups. Strangers are sent a code, "
            + "unless the adapter has an \"allow\" list. Works with and without a running gateway. Exit 0: done; 1: not, with the reason.")
        {
            Complete(new Command("list", "List pairings, open groups and open requests.") { adapter },
                result => execute(new(PairAction.List, Adapter: result.GetValue(adapter)))(result)),
            Complete(
                new Command("approve", "Pair the user or open the group that was sent this code (it works once), or one with the given id.")
                {
                    code, user, chat, adapter,
                },
                result => execute(new(PairAction.Approve, result.GetValue(code), null, result.GetValue(adapter), result.GetValue(user),
                    result.GetValue(chat)))(result)),
            Complete(
                new Command("revoke", "Revoke a pairing, close a group, or reject a request.") { whose, chat, adapter },
                result =>
                    execute(new(PairAction.Revoke, null, result.GetValue(whose), result.GetValue(adapter), null, result.GetValue(chat)))(result)),
        };

        Command Complete(Command command, Func<ParseResult, int> action)
        {
            foreach (var option in options) command.Add(option);
            command.SetAction(action);
            return command;
        }
    }
}
