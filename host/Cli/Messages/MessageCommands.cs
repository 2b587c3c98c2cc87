using System.CommandLine;

namespace PluginGateway.Cli.Messages;

/// <summary>The words of <c>outbox</c> and <c>inbox</c>.</summary>
internal static class MessageCommands
{
    public static Command Outbox(Func<MessageQuery, Func<ParseResult, int>> execute, params Option[] options)
    {
        var state = Word("--state", "pending|parked|rejected|bounced|withdrawn|delivered",
            "Only messages in this state. Default: pending, parked, rejected and bounced (the platform reported a failure after the delivery).")
            .AcceptOnlyFromAmong("pending", "parked", "rejected", "bounced", "withdrawn", "delivered");
        return new("outbox", "Show and manage messages to the platforms; decide about parked ones. Works with and without a running gateway.")
        {
            List("outbox", "List pending, parked, rejected and bounced messages, newest first, without their texts.", state, execute, options),
            OfOne("outbox", "show", "Show one message with its text.", execute, options),
            OfMany("outbox", "resend",
                "Queue parked, rejected or withdrawn messages again: sent at once, in the order of their ids. Delivered parts of a text are not sent twice.",
                Bulk.Free, execute, options),
            OfMany("outbox", "mark-sent", "Mark parked messages as delivered, if you know that they have arrived.", Bulk.None, execute, options),
            OfMany("outbox", "drop",
                "Drop parked or pending messages: they are not sent, and count as withdrawn. With --all: parked only.",
                Bulk.Confirmed, execute, options),
        };
    }

    public static Command Inbox(Func<MessageQuery, Func<ParseResult, int>> execute, params Option[] options)
    {
        var state = Word("--state", "pending|parked|dropped|handled",
            "Only messages in this state. Default: pending and parked.").AcceptOnlyFromAmong("pending", "parked", "dropped", "handled");
        return new("inbox", "Show and manage messages from the platforms; run or drop them. Works with and without a running gateway.")
        {
            List("inbox", "List pending and parked messages, newest first, without their texts.", state, execute, options),
            OfOne("inbox", "show", "Show one message with its text and the ids of its replies.", execute, options),
            OfMany("inbox", "rerun", "Run the handler again for parked or dropped messages. Existing replies are not sent twice.", Bulk.Free, execute, options),
            OfMany("inbox", "drop", "Drop parked or pending messages: they get no turn, and count as dropped. With --all: parked only.",
                Bulk.Confirmed, execute, options),
        };
    }

    /// <summary>Use of a verb on all parked messages at once (--all).</summary>
    private enum Bulk
    {
        None,
        Free,

        /// <summary>Allowed only with the number of messages (--confirm).</summary>
        Confirmed,
    }

    private static Command List(
        string verb, string description, Option<string> state, Func<MessageQuery, Func<ParseResult, int>> execute, Option[] options)
    {
        var adapter = Adapter();
        var limit = new Option<int?>("--limit") { HelpName = "N", Description = "Largest number of messages. Default: 50; at most 10000." };
        return Complete(new Command("list", description) { state, adapter, limit },
            result => execute(
                new(verb, "list") { State = result.GetValue(state), Adapter = result.GetValue(adapter), Limit = result.GetValue(limit) })(result),
            options);
    }

    private static Command OfOne(string verb, string action, string description, Func<MessageQuery, Func<ParseResult, int>> execute, Option[] options)
    {
        var id = new Argument<long>("ID") { Description = "Id of the message." };
        return Complete(
            new Command(action, description) { id }, result => execute(new(verb, action) { Ids = [result.GetRequiredValue(id)] })(result), options);
    }

    private static Command OfMany(
        string verb, string action, string description, Bulk bulk, Func<MessageQuery, Func<ParseResult, int>> execute, Option[] options)
    {
        var arity = bulk == Bulk.None ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore;
        var ids = new Argument<long[]>("ID") { Description = "Ids of the messages.", Arity = arity };
        if (bulk == Bulk.None) return Complete(
            new Command(action, description) { ids }, result => execute(new(verb, action) { Ids = result.GetRequiredValue(ids) })(result), options);

        var all = new Option<bool>("--all", "--all-parked") { Description = "All parked messages, instead of IDs." };
        var adapter = Adapter();
        var chat = Word("--chat", "CHAT",
            "Only messages of this chat and its threads: the platform's id of the chat, or the key that 'list' shows.");
        var older = Word("--older", "AGE", "Only messages parked at least this long ago: 90s, 30m, 12h, 7d.");
        var confirm = new Option<long?>("--confirm")
        {
            HelpName = "N",
            Description = "With --all: the number of messages that you mean. Without it the command prints the number and changes nothing.",
        };
        var command = new Command(action, description) { ids, all, adapter, chat, older };
        if (action is "resend" or "rerun") command.Aliases.Add("retry");
        if (bulk == Bulk.Confirmed) command.Add(confirm);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(ids)?.Length > 0))
                result.AddError($"'{verb} {action}' takes either IDs or --all-parked (--all).");
            Option[] filters = [adapter, chat, older, confirm];
            foreach (var filter in filters.Where(
                filter => !result.GetValue(all) && result.GetResult(filter) is System.CommandLine.Parsing.OptionResult { Implicit: false }))
                result.AddError($"'{filter.Name}' goes with --all-parked (--all).");
            if (result.GetValue(older) is { } age && Ages.Read(age) is null)
                result.AddError($"'--older {age}' is no age; allowed: a number with s, m, h or d, such as 12h.");
        });
        return Complete(command, result => execute(new(verb, action)
        {
            Ids = result.GetValue(ids) ?? [],
            AllParked = result.GetValue(all),
            Adapter = result.GetValue(adapter),
            Chat = result.GetValue(chat),
            Older = result.GetValue(older) is { } age ? Ages.Read(age) : null,
            NeedsCount = bulk == Bulk.Confirmed,
            Confirmed = bulk == Bulk.Confirmed ? result.GetValue(confirm) : null,
        })(result), options);
    }

    private static Command Complete(Command command, Func<ParseResult, int> execute, Option[] options)
    {
        foreach (var option in options) command.Add(option);
        command.SetAction(execute);
        return command;
    }

    private static Option<string> Adapter() => Word("--adapter", "ID", "Only messages of this adapter; it need not be configured any more.");

    private static Option<string> Word(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
