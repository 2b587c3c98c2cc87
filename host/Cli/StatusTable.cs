using PluginGateway.Logging;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PluginGateway.Cli;

/// <summary>Text output of a <see cref="StatusReport"/>.</summary>
internal static class StatusTable
{
    private static readonly Style Quiet = new(decoration: Decoration.Dim);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Warning = new(Color.Yellow);
    private static readonly Style Bad = new(Color.Red);

    /// <summary>Largest number of characters of an account in the table.</summary>
    private const int MostOfAccount = 24;

    public static void Show(StatusReport report, string dataDirectory, DateTimeOffset? startedUtc, DateTimeOffset now, IAnsiConsole console)
    {
        console.Write(Header(report, dataDirectory, startedUtc, now));
        if (report.Adapters.Count > 0) Section(console, Adapters(report.Adapters, now));
        foreach (var adapter in report.Adapters) Note(console, adapter, now);
        foreach (var left in report.Unconfigured) Note(console, left);
        foreach (var memory in report.Memory.Where(static memory => memory.Forgotten > 0)) Note(console, memory);
        AdapterStatus[] isolated = [.. report.Adapters.Concat(report.Handlers).Where(static unit => unit.Worker is not null)];
        if (isolated.Length > 0) Section(console, Workers(isolated));
        if (report.Adapters.Any(adapter => adapter.AbandonedCalls.Count > 0)) Section(console, AbandonedCalls(report.Adapters, now));
        if (report.Messages is { } messages) Section(console, Messages(messages));
        if (report.LastShutdown is { } shutdown) Section(console, LastShutdown(shutdown, now));
    }

    private static void Section(IAnsiConsole console, IRenderable section)
    {
        console.WriteLine();
        console.Write(section);
    }

    private static Rows Header(StatusReport report, string dataDirectory, DateTimeOffset? startedUtc, DateTimeOffset now)
    {
        var facts = new List<string>();
        if (report.Version is { } version) facts.Add($"plugin-gateway {version}");
        if (report.Pid is { } pid) facts.Add($"pid {pid}");
        if (startedUtc is { } started) facts.Add($"up {Ages.Text(now - started)}");
        if (report.Http is { } http) facts.Add(http);
        if (report.AgeSeconds >= 1) facts.Add($"as of {Ages.Text(TimeSpan.FromSeconds(report.AgeSeconds))} ago");
        var first = new Paragraph(report.State.ToString().ToLowerInvariant(), StyleOf(report.State));
        foreach (var fact in facts) first.Append("  " + Printable.Text(fact));
        return new Rows([first, Cell($"data {dataDirectory}", Quiet), .. report.Reasons.Select(reason => Cell("- " + reason))]);
    }

    private static Table Adapters(IReadOnlyList<AdapterStatus> adapters, DateTimeOffset now)
    {
        var table = NewTable("Adapter", "Plugin", "Account", "State", "Since", "Gen", "Last in", "Last out");
        foreach (var adapter in adapters)
        {
            table.AddRow(
                Cell(adapter.Id), Cell(adapter.Plugin), Cell(AccountOf(adapter)), Cell(adapter.State, StyleOf(adapter.State)),
                Cell(Ages.Text(now - adapter.SinceUtc)),
                Cell($"{adapter.Generation}"),
                Cell(Age(adapter.LastInboundUtc, now)), Cell(Age(adapter.LastOutboundUtc, now)));
        }

        return table;
    }

    private static string AccountOf(AdapterStatus adapter) => (adapter.Account?.Name ?? adapter.Account?.Id ?? "") switch
    {
        { Length: > MostOfAccount } account => account[..MostOfAccount] + "...",
        var account => account,
    };

    /// <summary>Writes the next attempt and the reason for it on a line of their own: the sentence may be long.</summary>
    private static void Note(IAnsiConsole console, AdapterStatus adapter, DateTimeOffset now)
    {
        var attempt = adapter.Reconnect is { } reconnect ? $"attempt {reconnect.Attempt} in {Ages.Text(reconnect.DueUtc - now)}" : null;
        var reason = adapter is { Reason: { } said, Frame: { } frame } ? $"{said.TrimEnd('.')} (at {frame})" : adapter.Reason;
        var sentences = new[] { attempt, reason }.OfType<string>().ToArray();
        void Say(string text, Style? style = null) => console.Write(new Rows(Cell($"- {adapter.Id}: {text}", style)));
        if (adapter.AccountChange is { } change) Say($"{change}; if that is right: plugin-gateway adapter reconnect {adapter.Id}", Warning);
        if (adapter.PathRefused is { } path) Say(path);
        if (adapter.Refused > 0)
            Say($"{Count(adapter.Refused, "message")} refused since the start: its share of the inbox was full ({adapter.Pending} wait now)");
        if (adapter is { Waiting: > 0, WaitingSinceUtc: { } since })
            Say($"{Count(adapter.Waiting, "event", "waits", "wait")} for room in the inbox, the first for {Ages.Text(now - since)}", Warning);
        if (adapter.Lost is { } lost)
            Say($"{Count(lost.Events, "event", "is", "are")} lost since the start, the first {Ages.Text(now - lost.SinceUtc)} ago and the last "
                + $"{Ages.Text(now - lost.UntilUtc)} ago: refused, and its platform delivers nothing again", Warning);
        if (adapter.OwedRefused > 0)
            Say($"{Count(adapter.OwedRefused, "message", "was", "were")} not taken since the start: "
                + $"as many were owed as may be ({adapter.Owed} are now)");
        if (adapter.TurnsWaitingForFiles is > 0 and var turns)
            Say($"{(turns == 1 ? "1 turn waits" : $"{turns} turns wait")} until the files of their replies are copied");
        if (adapter.HeldUntilUtc is { } held && held > now)
            Say($"sends are held for {Ages.Text(held - now)}, as its platform asked; end it: plugin-gateway adapter reconnect {adapter.Id}", Warning);
        if (adapter.ChatsHeldUntilUtc is { } chats && chats > now)
            Say($"sends to some chats are held for up to {Ages.Text(chats - now)}, as its platform asked", Warning);
        if (adapter.Retrying is { } retrying)
        {
            var next = retrying.NextAttemptUtc is not { } due ? "after the next connection" : due > now ? $"in {Ages.Text(due - now)}" : "now";
            Say($"{Count(retrying.Messages, "message", "is", "are")} to be sent again; {retrying.Message} has waited for "
                + $"{Ages.Text(now - retrying.SinceUtc)}, next attempt {next}: {retrying.Reason}", Warning);
        }

        if (adapter.Discarded.Count > 0)
        {
            var causes = string.Join(", ", adapter.Discarded.Select(static cause => $"{cause.Key} {cause.Value}"));
            Say($"{Count(adapter.Discarded.Values.Sum(), "message")} turned away since the start ({causes})");
        }

        if (sentences.Length > 0) Say(string.Join(": ", sentences));
    }

    private static void Note(IAnsiConsole console, UnconfiguredAdapter left)
    {
        string[] parts =
        [
            .. left.Owed > 0 ? [$"{Count(left.Owed, "message")} to be delivered through it"] : Array.Empty<string>(),
            .. left.Pending > 0 ? [$"{Count(left.Pending, "message")} from it not yet handled"] : Array.Empty<string>(),
        ];
        console.Write(new Rows(Cell(
            $"- {left.Id} is not configured any more: {string.Join(", ", parts)}; configure it again, or look: "
            + $"plugin-gateway outbox list --adapter {left.Id}", Warning)));
    }

    private static void Note(IAnsiConsole console, HandlerMemory memory) => console.Write(new Rows(Cell(
        $"- {memory.Handler} has {Count(memory.Sessions, "session")} with memory, {memory.Bytes / 1048576} MiB; "
        + $"{Count(memory.Forgotten, "session")} forgotten because it had used its memory (gateway.store.maxMemoryMegabytes)", Warning)));

    private static Table Workers(IReadOnlyList<AdapterStatus> adapters)
    {
        var table = NewTable("Own process", "Pid", "Memory", "CPU");
        foreach (var adapter in adapters)
        {
            if (adapter.Worker is not { } worker) continue;
            table.AddRow(Cell(adapter.Id), Cell($"{worker.Pid}"), Cell($"{worker.MemoryBytes / 1048576} MiB"),
                Cell(Ages.Text(TimeSpan.FromSeconds(worker.CpuSeconds))));
        }

        return table;
    }

    private static Table AbandonedCalls(IReadOnlyList<AdapterStatus> adapters, DateTimeOffset now)
    {
        var table = NewTable("Abandoned call", "Adapter", "Gen", "Overdue for", "Where it hangs");
        foreach (var adapter in adapters)
        {
            foreach (var report in adapter.AbandonedCalls)
                table.AddRow(Cell(report.Operation, Warning), Cell(adapter.Id), Cell($"{report.Generation}"), Cell(Ages.Text(now - report.SinceUtc)),
                    Cell(Stage(report.Stage)));
        }

        return table;
    }

    private static string Stage(AbandonedCallStage stage) => stage switch
    {
        AbandonedCallStage.NotEntered => "its thread has not run yet",
        AbandonedCallStage.Entered => "blocked before its first await",
        _ => "awaiting",
    };

    private static Rows Messages(BalanceReport messages)
    {
        var (inbound, outbound) = (messages.Inbound, messages.Outbound);
        var apart = $"  ({inbound.Duplicates} duplicates, {inbound.Refused} refused, {inbound.Discarded} discarded)";
        var dropped = inbound.Dropped > 0 ? $" + {inbound.Dropped} dropped" : "";
        var bounced = outbound.Bounced > 0 ? $" + {outbound.Bounced} bounced" : "";
        var withdrawn = outbound.Withdrawn > 0 ? $" + {outbound.Withdrawn} withdrawn" : "";
        var broken = messages.Exact ? Array.Empty<Text>() : [Cell("The balance does not hold; please report it with the log.", Bad)];
        return new Rows([
            Cell($"in   {inbound.Accepted} accepted = {inbound.Handled} handled + {inbound.Parked} parked{dropped} + {inbound.Pending} pending{apart}"),
            Cell($"out  {outbound.Owed} owed = {outbound.Delivered} delivered{bounced} + {outbound.Rejected} rejected + {outbound.Parked} parked"
                + $"{withdrawn} + {outbound.Pending} pending"),
            .. broken]);
    }

    private static Rows LastShutdown(ShutdownReport shutdown, DateTimeOffset now)
    {
        var late = shutdown.Adapters.Where(adapter => adapter.Outcome != "closed");
        return new Rows([
            Cell($"last stop  {shutdown.Reason}, {Ages.Text(now - shutdown.StartedUtc)} ago, took {Ages.Text(TimeSpan.FromSeconds(shutdown.DurationSeconds))}, exit code {shutdown.ExitCode}; "
                + $"left for the next start: {shutdown.Owed.InboundPending} in, {shutdown.Owed.OutboundPending} out", Quiet),
            .. late.Select(
                adapter => Cell($"- {adapter.Id} ({adapter.Plugin}) {adapter.Outcome} after {Ages.Text(TimeSpan.FromSeconds(adapter.UsedSeconds))}"
                + (adapter.Detail is null ? "" : $": {adapter.Detail}"), Quiet))]);
    }

    /// <summary>Returns a number with its noun, and the matching form of a verb.</summary>
    private static string Count(long number, string noun, string? one = null, string? many = null) =>
        $"{number} {noun}{(number == 1 ? "" : "s")}{((number == 1 ? one : many) is { } verb ? $" {verb}" : "")}";

    private static Table NewTable(params string[] headings)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (var heading in headings) table.AddColumn(new TableColumn(Cell(heading, Quiet)) { Padding = new Padding(0, 0, 2, 0) });
        return table;
    }

    private static string Age(DateTimeOffset? time, DateTimeOffset now) => time is { } at ? Ages.Text(now - at) + " ago" : "never";

    /// <summary>Texts come from plugins and platforms: neither markup nor control characters.</summary>
    private static Text Cell(string text, Style? style = null) => new(Printable.Text(text), style);

    private static Style StyleOf(GatewayState state) => state switch
    {
        GatewayState.Ready => Good,
        GatewayState.Unresponsive or GatewayState.Down => Bad,
        _ => Warning,
    };

    private static Style StyleOf(string adapterState) => adapterState switch
    {
        "connected" => Good,
        "parked" or "quarantined" => Bad,
        "disabled" or "stopped" => Quiet,
        _ => Warning,
    };
}
