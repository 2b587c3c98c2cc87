using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace PluginGateway.MatrixTests;

/// <summary>Many wrongdoers in one gateway, run once; the tests read what happened.</summary>
public abstract class Group : IDisposable
{
    private readonly Lazy<Experiment> _run;

    protected Group(IEnumerable<Row> rows) => _run = new Lazy<Experiment>(() => Run([.. rows.Select(static row => row.Who)]));

    internal Experiment Result => _run.Value;

    public void Dispose()
    {
        if (_run.IsValueCreated) _run.Value.Dispose();
    }

    internal static Experiment Run(IReadOnlyList<Wrongdoer> wrongdoers)
    {
        var experiment = new Experiment(wrongdoers) { AlwaysRestart = true };
        try
        {
            var gateway = experiment.Gateway;
            gateway.Neighbour.WaitUntilConnected(Bound.Start);
            var until = DateTime.UtcNow + TimeSpan.FromSeconds(90);
            foreach (var who in wrongdoers)
            {
                var left = until - DateTime.UtcNow;
                var there = gateway.Await(
                    line => who.Phase == "http" ? IsConnected(who, line) : Begins(who, line), left > TimeSpan.Zero ? left : TimeSpan.Zero);
                experiment.Expect(there is not null, $"{who.Id} did not get to its sin");
            }

            var asked = wrongdoers.Where(static who => who.Phase == "http").Select(who => (who, new Request(gateway, who))).ToArray();
            foreach (var (who, request) in asked)
                experiment.Expect(request.Took < Machine.Within(TimeSpan.FromSeconds(who.Deadline + 2.5), request.Begin),
                    $"{who.Id}: the client waited {request.Took.TotalSeconds:0.0} s");
            Thread.Sleep(TimeSpan.FromSeconds(wrongdoers.Max(static who => who.Limit) + 0.7));
            experiment.Neighbour();
            experiment.Ask();
            experiment.Stop();
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            experiment.Complaints.Add($"{e.Message}\n{experiment.Gateway.Said}");
        }

        return experiment;
    }

    internal static bool Begins(Wrongdoer who, LogLine line) =>
        line.Event == LogLine.PluginSaid && line.Message.StartsWith($"{who.Unit}#", StringComparison.Ordinal)
        && line.Message.Contains($"begins {who.Sin} in", StringComparison.Ordinal);

    internal static bool IsConnected(Wrongdoer who, LogLine line) =>
        line.Event == 4010 && line.Message.Contains($"'{who.Id}'", StringComparison.Ordinal)
        && line.Message.EndsWith(": connected", StringComparison.Ordinal);

    /// <summary>One request, on a thread of its own.</summary>
    private sealed class Request
    {
        private readonly Thread _thread;
        private DateTime _end;

        public Request(Gateway gateway, Wrongdoer who)
        {
            _thread = new Thread(() =>
            {
                Code = gateway.Get($"/hooks/{who.Id}", TimeSpan.FromSeconds(10));
                _end = DateTime.UtcNow;
            })
            { IsBackground = true };
            _thread.Start();
        }

        public DateTime Begin { get; } = DateTime.UtcNow;

        public HttpStatusCode? Code { get; private set; }

        public TimeSpan Took
        {
            get
            {
                _thread.Join(TimeSpan.FromSeconds(15));
                return _end - Begin;
            }
        }
    }
}

/// <summary>The assertions on one cell of a group.</summary>
internal static class Cell
{
    /// <summary>Looks at the log and the status of the group; adds the row to the summary whatever it finds.</summary>
    public static void Check(Experiment run, Row row)
    {
        var who = row.Who;
        List<string> complaints = [];
        double? over = null;
        var outcome = "";
        var begun = run.Log.FirstOrDefault(line => Group.Begins(who, line));
        if (begun is null)
        {
            complaints.Add("the sin was never committed");
        }
        else if (row.Ending == Ending.Overdue)
        {
            var end = run.Log.FirstOrDefault(line => line.Event == LogLine.Overdue
                && line.Message.Contains($"'{who.Unit}' generation 1: {who.Operation} ", StringComparison.Ordinal));
            outcome = end?.Message ?? "not ended";
            // A process that was ended in the end, its call with it, is no longer shown: the log has the end of both.
            var isGone = row.Isolated && run.Log.Any(line => line.Event == LogLine.Late && Names(line, who));
            // The deadline runs from before the plugin is entered; by the host's own clock nothing may end before it. Dispose gets what disconnect
            // has left.
            over = end is null ? null : Math.Max((end.Time - begun.Time).TotalSeconds, who.Operation == "run" ? 0 : Within(outcome)) - who.Limit;
            if (over is null || over > Machine.Within(TimeSpan.FromSeconds(1), begun.Time, end!.Time).TotalSeconds || over < Shortest(who))
                complaints.Add($"{who.Operation} ended {over:0.00} s over its deadline of {who.Limit} s: {outcome}");
            if (!outcome.Contains(row.Reason, StringComparison.Ordinal)) complaints.Add($"'{outcome}' does not say '{row.Reason}'");
            if (!IsLate(row) && !isGone && !IsShown(run, who, begun)) complaints.Add($"status does not show the abandoned {who.Operation}");
        }
        else if (row.Ending == Ending.Failed)
        {
            var end = run.Log.FirstOrDefault(line => line.Time >= begun.Time
                && line.Event is LogLine.Waits or LogLine.Parked or 6002 or 6004 or 6005 or 6006 or 6007 or 8000 or 8001 && Names(line, who));
            outcome = end?.Message ?? "no word of it";
            over = null;
            if (end is null || end.Time - begun.Time > Machine.Within(TimeSpan.FromSeconds(1), begun.Time, end.Time))
                complaints.Add($"the failure was not told within 1 s: {outcome}");
            if (!outcome.Contains(row.Reason, StringComparison.Ordinal)) complaints.Add($"'{outcome}' does not say '{row.Reason}'");
        }
        else if (row.Ending == Ending.Replaced)
        {
            outcome = "ended with its process";
            if (!run.Log.Any(line => line.Time > begun.Time && Group.IsConnected(who, line))) complaints.Add("the adapter did not come back");
        }
        else
        {
            var end = run.Log.FirstOrDefault(
                line => line.Event == LogLine.Overdue && line.Message.Contains($"'{who.Unit}' ", StringComparison.Ordinal));
            outcome = "unharmed";
            // That the machine had no thread to give, or was so slow that the call ended just after its deadline, is no blame.
            if (end is not null && !end.Message.Contains("did not get a thread", StringComparison.Ordinal) && !HasEndedSoonAfter(run, end, who))
                complaints.Add($"it was blamed: {end.Message}");
        }

        Summary.Add(row.Sin, row.Where, complaints.Count == 0 ? outcome : string.Join("; ", complaints), over, complaints.Count == 0);
        Assert.True(complaints.Count == 0, string.Join("\n", complaints) + "\n" + string.Join('\n', run.Log.Where(
            line => line.Event != LogLine.Degraded && Names(line, who) || line.Message.StartsWith(who.Unit + "#", StringComparison.Ordinal))));
    }

    /// <summary>Dispose has half a second for sure, and else what disconnect has left; a run is abandoned with its teardown, whenever that
    /// begins.</summary>
    private static double Shortest(Wrongdoer who) => who.Operation switch
    {
        "dispose" => 0.5 - who.Teardown,
        "run" => -1,
        _ => 0,
    };

    /// <summary>The seconds that the host says it waited.</summary>
    private static double Within(string message) =>
        Regex.Match(message, @"([0-9.]+) s; abandoned") is { Success: true } match
        ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
        : 0;

    private static bool HasEndedSoonAfter(Experiment run, LogLine overdue, Wrongdoer who) =>
        run.Log.FirstOrDefault(line => line.Event == LogLine.Late && line.Time >= overdue.Time && Names(line, who)) is { } late
        && late.Message.Contains(" with a result", StringComparison.Ordinal)
        && late.Time - overdue.Time <= Machine.Within(TimeSpan.FromSeconds(1), overdue.Time, late.Time);

    private static bool IsLate(Row row) => row.Sin.StartsWith("late-", StringComparison.Ordinal);

    private static bool Names(LogLine line, Wrongdoer who) =>
        line.Message.Contains($"'{who.Unit}'", StringComparison.Ordinal) || line.Message.Contains($"'{who.Id}'", StringComparison.Ordinal);

    /// <summary>A call is open since before the plugin was entered, at most for as long as a thread may take to get there.</summary>
    private static bool IsSince(DateTime since, DateTime begun, Wrongdoer who) =>
        since < begun.AddSeconds(1) && since > begun.AddSeconds(-1 - who.Limit);

    /// <summary>Which adapter, which call, since when. The status lists adapters; a handler's calls are with the adapter it belongs to.</summary>
    private static bool IsShown(Experiment run, Wrongdoer who, LogLine begun) =>
        new[] { "adapters", "handlers" }.Where(list => run.While!.Json.TryGetProperty(list, out _))
            .SelectMany(list => run.While!.Json.GetProperty(list).EnumerateArray())
            .Where(unit => unit.GetProperty("id").GetString() is { } id && (id == who.Id || id == who.Unit))
            .SelectMany(static adapter => adapter.GetProperty("abandonedCalls").EnumerateArray())
            .Any(call => call.GetProperty("operation").GetString() == who.Operation && call.GetProperty("generation").GetInt32() == 1
                && IsSince(call.GetProperty("sinceUtc").GetDateTime(), begun.Time, who));
}

/// <summary>What becomes of a call.</summary>
public enum Ending
{
    /// <summary>Abandoned at its deadline.</summary>
    Overdue,

    /// <summary>Failed at once, with a reason.</summary>
    Failed,

    /// <summary>It ended with its process, and the adapter is back.</summary>
    Replaced,

    /// <summary>Nothing: it is none of the host's business.</summary>
    Unharmed,
}

/// <summary>One cell of the matrix.</summary>
public sealed record Row(string Sin, string Phase, Ending Ending, string Reason = "")
{
    internal Wrongdoer Who => new(Sin, Phase) { Isolated = Isolated };

    /// <summary>True: in a process of its own.</summary>
    public bool Isolated { get; init; }

    /// <summary>The same sin in a process of its own: there the host sees only that no answer comes; and a run that does not end is ended with its
    /// process.</summary>
    public Row Apart => this with
    {
        Isolated = true,
        Ending = Phase == "run-after" ? Ending.Replaced : Ending,
        Reason = Phase is not ("construct" or "handler-construct") && Reason == "blocked before its first await" ? "did not finish within" : Reason,
    };

    internal string Where => Isolated ? $"{Phase} (process)" : Phase;

    public override string ToString() => $"{Sin} in {Where}";
}
