using System.Globalization;
using System.Text.Json.Serialization;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Isolation.Processes;
using PluginGateway.Supervision;

namespace PluginGateway.Status;

/// <summary>Progress of an abandoned call into plugin code.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AbandonedCallStage>))]
internal enum AbandonedCallStage
{
    /// <summary>The thread has not run yet.</summary>
    [JsonStringEnumMemberName("notEntered")]
    NotEntered,

    /// <summary>Blocked before its first await.</summary>
    [JsonStringEnumMemberName("entered")]
    Entered,

    /// <summary>Returned a task that has not completed.</summary>
    [JsonStringEnumMemberName("awaiting")]
    Awaiting,
}

/// <summary>Status of an adapter id. <paramref name="State"/> is the supervisor's phase, in camel case.</summary>
internal sealed record AdapterStatus(
    string Id, string Plugin, string State, string? Reason, long Generation, DateTimeOffset SinceUtc, DateTimeOffset? LastInboundUtc,
    DateTimeOffset? LastOutboundUtc,
    IReadOnlyList<AbandonedCallReport> AbandonedCalls, ReconnectStatus? Reconnect)
{
    /// <summary>Stable code of the reason why it does not work; null: it works, or it is disabled.</summary>
    public string? Code { get; init; }

    /// <summary>The frame of the plugin's own code that the fault in <paramref name="Reason"/> came from, for example <c>MyAdapter.ConnectAsync in
    /// MyAdapter.cs:41</c>; null: unknown.</summary>
    public string? Frame { get; init; }

    /// <summary>Location of the adapter's code: <c>inProcess</c> or <c>process</c>.</summary>
    public string Isolation { get; init; } = WorkerStatus.InProcess;

    /// <summary>Account of the bot on the current connection, or on the last; null: its platform has none, or did not tell it.</summary>
    public AccountStatus? Account { get; init; }

    /// <summary>Sentence about another account than that of the connection before; null: none since the operator's last reconnect or
    /// reload.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AccountChange { get; init; }

    /// <summary>Sentence about an HTTP path that the adapter claims and another adapter has; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PathRefused { get; init; }

    /// <summary>Worker of the adapter; null: none.</summary>
    public WorkerStatus? Worker { get; init; }

    /// <summary>Number of messages owed through the adapter.</summary>
    public int Owed { get; init; }

    public int SendsInFlight { get; init; }

    /// <summary>Ages of the last proof of life of each part of the connection.</summary>
    public LifeSigns? LifeSigns { get; init; }

    /// <summary>Number of its messages that were accepted and not yet handled.</summary>
    public long Pending { get; init; }

    /// <summary>Number of its messages refused since the start because the adapter had used its share of the inbox; their platform keeps
    /// them.</summary>
    public long Refused { get; init; }

    /// <summary>Number of received events that wait for room in the inbox, because their platform would not deliver them again.</summary>
    public int Waiting { get; init; }

    /// <summary>Time since when the first of them waits; null: none does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? WaitingSinceUtc { get; init; }

    /// <summary>Received events that were refused since the start and that their platform does not deliver again; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LostEvents? Lost { get; init; }

    /// <summary>Number of messages from programs and handlers refused since the start because the adapter's share of the outbox was full.</summary>
    public long OwedRefused { get; init; }

    /// <summary>Number of turns of its conversations whose handler has finished and that wait until the files of their replies are copied.</summary>
    public int TurnsWaitingForFiles { get; init; }

    /// <summary>Time until which no message is sent through the adapter, at the demand of its platform or plugin; null: none. An operator's reconnect
    /// ends it.</summary>
    public DateTimeOffset? HeldUntilUtc { get; init; }

    /// <summary>Latest time until which one of its chats is held.</summary>
    public DateTimeOffset? ChatsHeldUntilUtc { get; init; }

    /// <summary>Messages whose last attempt failed and that will be sent again; null: none.</summary>
    public RetryingDeliveries? Retrying { get; init; }

    /// <summary>Numbers of its messages discarded for good since the start, by cause: ownMessage, stranger, notMentioned, botLoop, botAdded,
    /// unsupported, pressExpired, pressTaken, pressNotForYou, history, tooLarge, invalid.</summary>
    public IReadOnlyDictionary<string, long> Discarded { get; init; } = new Dictionary<string, long>();
}

/// <summary>Account of the bot on its platform. Each part is null where the platform does not tell it.</summary>
internal sealed record AccountStatus(string? Id, string? Name)
{
    /// <summary>Account of a connection; null: it has none.</summary>
    public static AccountStatus? Of(ConnectionInfo connection) =>
        connection is { AccountId: null, AccountName: null } ? null : new(connection.AccountId, connection.AccountName);
}

/// <summary>The process of an isolated adapter.</summary>
/// <param name="MemoryBytes">Resident memory, shared pages included.</param>
/// <param name="CpuSeconds">CPU time since its start.</param>
internal sealed record WorkerStatus(int Pid, long MemoryBytes, double CpuSeconds)
{
    public const string InProcess = "inProcess", Process = "process";

    /// <summary>Returns the name of the location of the unit's code.</summary>
    public static string ModeOf(UnitSnapshot unit) => unit.IsIsolated ? Process : InProcess;

    /// <summary>Statistics of the unit's worker; null: it has none.</summary>
    public static WorkerStatus? Of(UnitSnapshot unit) =>
        WorkerStatistics.Of(unit.WorkerId) is { } statistics
        ? new(unit.WorkerId, statistics.Memory, Math.Round(statistics.Cpu.TotalSeconds, 2))
        : null;

    /// <summary>Text for the operator.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"process {Pid}, {MemoryBytes / 1048576} MiB, {CpuSeconds:0.0} s CPU");
}

/// <summary>Ages of the three proofs of life, in seconds; null: none yet. Transport: connected, or any of the others; ingress: something arrived or a
/// probe came back; egress: something was delivered or a probe went out.</summary>
internal sealed record LifeSigns(double? TransportSeconds, double? IngressSeconds, double? EgressSeconds);

/// <summary>A call that outlived its deadline and has not come back.</summary>
internal sealed record AbandonedCallReport(string Operation, long Generation, DateTimeOffset SinceUtc, AbandonedCallStage Stage);

/// <summary>The attempt that comes next, and when.</summary>
internal sealed record ReconnectStatus(int Attempt, DateTimeOffset DueUtc);
