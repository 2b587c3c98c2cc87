using System.CommandLine;
using PluginGateway.Lifetime;

namespace PluginGateway.Cli;

/// <summary>What <c>pair</c> was asked on the command line.</summary>
internal sealed record PairRequest(PairAction Action, string? Code = null, string? Whose = null, string? Adapter = null);

/// <summary>The words of <c>pair</c>.</summary>
internal static class PairVerbs
{
    public static Command Pair(Func<PairRequest, Func<ParseResult, int>> execute, params Option[] options)
    {
        var adapter = new Option<string>("--adapter") { HelpName = "ID", Description = "Only this adapter's." };
        var code = new Argument<string>("CODE") { Description = "The code that the stranger was sent, as the stranger gave it to you." };
        var whose = new Argument<string>("ADAPTER:USER") { Description = "The adapter's id, a colon, and the platform's id of the user." };
        return new("pair", "Who may speak to an adapter because you said so. Strangers who write directly are sent a code, unless the adapter has an \"allow\" list. Works while the gateway runs and while it is down. "
            + "Exit 0: done; 1: not, and why.")
        {
            Complete(new Command("list", "Who is paired, and who has asked to be.") { adapter }, result => execute(new(PairAction.List, Adapter: result.GetValue(adapter)))(result)),
            Complete(new Command("approve", "Pair whoever was sent this code. It is used up then.") { code }, result => execute(new(PairAction.Approve, Code: result.GetRequiredValue(code)))(result)),
            Complete(new Command("revoke", "Take back a pairing, or turn down a request.") { whose }, result => execute(new(PairAction.Revoke, Whose: result.GetRequiredValue(whose)))(result)),
        };

        Command Complete(Command command, Func<ParseResult, int> action)
        {
            foreach (var option in options) command.Add(option);
            command.SetAction(action);
            return command;
        }
    }
}
