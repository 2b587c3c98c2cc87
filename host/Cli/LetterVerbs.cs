using System.CommandLine;

namespace PluginGateway.Cli;

/// <summary>The words of <c>outbox</c> and <c>inbox</c>.</summary>
internal static class LetterVerbs
{
    public static Command Outbox(Func<LetterRequest, Func<ParseResult, int>> execute, params Option[] options)
    {
        var state = Word("--state", "pending|parked|rejected|delivered", "Only these. Default: pending, parked and rejected.").AcceptOnlyFromAmong("pending", "parked", "rejected", "delivered");
        var (adapter, limit) = (Adapter(), Limit());
        var list = new Command("list", "Messages that are owed, parked or rejected, newest first, without their texts.") { state, adapter, limit };
        Complete(list, result => execute(new("outbox", "list") { State = result.GetValue(state), Adapter = result.GetValue(adapter), Limit = result.GetValue(limit) })(result), options);

        var (all, resent) = (new Option<bool>("--all-parked") { Description = "Every parked message, instead of IDs." }, Ids(ArgumentArity.ZeroOrMore));
        var ofAdapter = Adapter();
        var resend = new Command("resend", "Owe parked or rejected messages again: delivered at once, in the order of their ids. What has arrived of a text is not sent twice.") { resent, all, ofAdapter };
        resend.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(resent)?.Length > 0)) result.AddError("'outbox resend' takes either IDs or --all-parked.");
            if (result.GetValue(ofAdapter) is not null && !result.GetValue(all)) result.AddError("'--adapter' goes with --all-parked.");
        });
        Complete(resend, result => execute(new("outbox", "resend") { Ids = result.GetValue(resent) ?? [], AllParked = result.GetValue(all), Adapter = result.GetValue(ofAdapter) })(result), options);

        return new("outbox", "Messages to the platforms: look at them, and decide what shall become of those that are parked. Works while the gateway runs and while it is down.")
        {
            list,
            OfOne("outbox", "show", "One message, with its text.", execute, options),
            resend,
            OfMany("outbox", "mark-sent", "Parked messages that you know have arrived: they count as delivered.", execute, options),
            OfMany("outbox", "drop", "Parked or pending messages that shall never be sent: they count as rejected, \"dropped by the operator\".", execute, options),
        };
    }

    public static Command Inbox(Func<LetterRequest, Func<ParseResult, int>> execute, params Option[] options)
    {
        var state = Word("--state", "pending|parked|handled", "Only these. Default: pending and parked.").AcceptOnlyFromAmong("pending", "parked", "handled");
        var (adapter, limit) = (Adapter(), Limit());
        var list = new Command("list", "Messages that wait for an answer or are parked, newest first, without their texts.") { state, adapter, limit };
        Complete(list, result => execute(new("inbox", "list") { State = result.GetValue(state), Adapter = result.GetValue(adapter), Limit = result.GetValue(limit) })(result), options);
        return new("inbox", "Messages from the platforms: look at them, and have parked ones answered again. Works while the gateway runs and while it is down.")
        {
            list,
            OfOne("inbox", "show", "One message, with its text and the ids of its replies.", execute, options),
            OfMany("inbox", "rerun", "Give parked messages to the handler again. Replies they already have are not sent twice.", execute, options),
        };
    }

    private static Command OfOne(string verb, string action, string description, Func<LetterRequest, Func<ParseResult, int>> execute, Option[] options)
    {
        var id = new Argument<long>("ID") { Description = "The message's id." };
        return Complete(new Command(action, description) { id }, result => execute(new(verb, action) { Ids = [result.GetRequiredValue(id)] })(result), options);
    }

    private static Command OfMany(string verb, string action, string description, Func<LetterRequest, Func<ParseResult, int>> execute, Option[] options)
    {
        var ids = Ids(ArgumentArity.OneOrMore);
        return Complete(new Command(action, description) { ids }, result => execute(new(verb, action) { Ids = result.GetRequiredValue(ids) })(result), options);
    }

    private static Command Complete(Command command, Func<ParseResult, int> execute, Option[] options)
    {
        foreach (var option in options) command.Add(option);
        command.SetAction(execute);
        return command;
    }

    private static Argument<long[]> Ids(ArgumentArity arity) => new("ID") { Description = "The messages' ids.", Arity = arity };

    private static Option<string> Adapter() => Word("--adapter", "ID", "Only this adapter's; also one that is no longer configured.");

    private static Option<int?> Limit() => new("--limit") { HelpName = "N", Description = "At most so many. Default: 50; at most 10000." };

    private static Option<string> Word(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
