using System.CommandLine;
using System.Globalization;

namespace PluginGateway.Cli.Messages;

/// <summary>The words of <c>outbox</c> and <c>inbox</c>.</summary>
internal static class MessageCommands
{
    public static Command Outbox(Func<MessageQuery, Func<ParseResult, int>> execute, params Option[] options)
    {
        var state = Word("--state", "pending|parked|rejected|delivered", "Only these. Default: pending, parked and rejected.").AcceptOnlyFromAmong("pending", "parked", "rejected", "delivered");
        return new("outbox", "Messages to the platforms: look at them, and decide what shall become of those that are parked. Works while the gateway runs and while it is down.")
        {
            List("outbox", "Messages that are owed, parked or rejected, newest first, without their texts.", state, execute, options),
            OfOne("outbox", "show", "One message, with its text.", execute, options),
            OfMany("outbox", "resend", "Owe parked or rejected messages again: delivered at once, in the order of their ids. What has arrived of a text is not sent twice.", Bulk.Free, execute, options),
            OfMany("outbox", "mark-sent", "Parked messages that you know have arrived: they count as delivered.", Bulk.None, execute, options),
            OfMany("outbox", "drop", "Parked or pending messages that shall never be sent: they count as rejected, \"dropped by the operator\". With --all: parked ones only.", Bulk.Confirmed, execute, options),
        };
    }

    public static Command Inbox(Func<MessageQuery, Func<ParseResult, int>> execute, params Option[] options)
    {
        var state = Word("--state", "pending|parked|handled", "Only these. Default: pending and parked.").AcceptOnlyFromAmong("pending", "parked", "handled");
        return new("inbox", "Messages from the platforms: look at them, and have parked ones answered again, or let go of them. Works while the gateway runs and while it is down.")
        {
            List("inbox", "Messages that wait for an answer or are parked, newest first, without their texts.", state, execute, options),
            OfOne("inbox", "show", "One message, with its text and the ids of its replies.", execute, options),
            OfMany("inbox", "rerun", "Give parked messages to the handler again. Replies they already have are not sent twice.", Bulk.Free, execute, options),
            OfMany("inbox", "drop", "Parked messages that shall not be answered any more: they count as handled, \"dropped by the operator\".", Bulk.Confirmed, execute, options),
        };
    }

    /// <summary>Whether a verb takes all parked messages at once.</summary>
    private enum Bulk
    {
        None,
        Free,

        /// <summary>Only where their number is said.</summary>
        Confirmed,
    }

    private static Command List(string verb, string description, Option<string> state, Func<MessageQuery, Func<ParseResult, int>> execute, Option[] options)
    {
        var (adapter, limit) = (Adapter(), new Option<int?>("--limit") { HelpName = "N", Description = "At most so many. Default: 50; at most 10000." });
        return Complete(new Command("list", description) { state, adapter, limit },
            result => execute(new(verb, "list") { State = result.GetValue(state), Adapter = result.GetValue(adapter), Limit = result.GetValue(limit) })(result), options);
    }

    private static Command OfOne(string verb, string action, string description, Func<MessageQuery, Func<ParseResult, int>> execute, Option[] options)
    {
        var id = new Argument<long>("ID") { Description = "The message's id." };
        return Complete(new Command(action, description) { id }, result => execute(new(verb, action) { Ids = [result.GetRequiredValue(id)] })(result), options);
    }

    private static Command OfMany(string verb, string action, string description, Bulk bulk, Func<MessageQuery, Func<ParseResult, int>> execute, Option[] options)
    {
        var ids = new Argument<long[]>("ID") { Description = "The messages' ids.", Arity = bulk == Bulk.None ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore };
        if (bulk == Bulk.None) return Complete(new Command(action, description) { ids }, result => execute(new(verb, action) { Ids = result.GetRequiredValue(ids) })(result), options);

        var all = new Option<bool>("--all", "--all-parked") { Description = "Every parked message, instead of IDs." };
        var (adapter, chat) = (Adapter(), Word("--chat", "CHAT", "Only this chat's, with its threads: the platform's id of the chat, or the key that 'list' shows."));
        var older = Word("--older", "AGE", "Only those that were parked at least so long ago: 90s, 30m, 12h, 7d.");
        var confirm = new Option<long?>("--confirm") { HelpName = "N", Description = "With --all: how many messages you mean. Without it their number is said, and nothing is changed." };
        var command = new Command(action, description) { ids, all, adapter, chat, older };
        if (action is "resend" or "rerun") command.Aliases.Add("retry");
        if (bulk == Bulk.Confirmed) command.Add(confirm);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(ids)?.Length > 0)) result.AddError($"'{verb} {action}' takes either IDs or --all-parked (--all).");
            Option[] filters = [adapter, chat, older, confirm];
            foreach (var filter in filters.Where(filter => !result.GetValue(all) && result.GetResult(filter) is System.CommandLine.Parsing.OptionResult { Implicit: false })) result.AddError($"'{filter.Name}' goes with --all-parked (--all).");
            if (result.GetValue(older) is { } age && Age(age) is null) result.AddError($"'--older {age}' is no age; allowed: a number with s, m, h or d, such as 12h.");
        });
        return Complete(command, result => execute(new(verb, action)
        {
            Ids = result.GetValue(ids) ?? [],
            AllParked = result.GetValue(all),
            Adapter = result.GetValue(adapter),
            Chat = result.GetValue(chat),
            Older = result.GetValue(older) is { } age ? Age(age) : null,
            NeedsCount = bulk == Bulk.Confirmed,
            Confirmed = bulk == Bulk.Confirmed ? result.GetValue(confirm) : null,
        })(result), options);
    }

    private static TimeSpan? Age(string text)
    {
        if (text.Length < 2 || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 36_500) return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => null,
        };
    }

    private static Command Complete(Command command, Func<ParseResult, int> execute, Option[] options)
    {
        foreach (var option in options) command.Add(option);
        command.SetAction(execute);
        return command;
    }

    private static Option<string> Adapter() => Word("--adapter", "ID", "Only this adapter's; also one that is no longer configured.");

    private static Option<string> Word(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
