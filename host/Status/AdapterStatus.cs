using System.Globalization;
using System.Text.Json.Serialization;
using PluginGateway.Dispatch;
using PluginGateway.Isolation.Processes;
using PluginGateway.Supervision;

namespace PluginGateway.Status;

/// <summary>How far a call got that nobody waits for any more.</summary>
internal enum AbandonedCallStage
{
    /// <summary>Its thread has not run yet.</summary>
    [JsonStringEnumMemberName("notEntered")]
    NotEntered,

    /// <summary>Blocked before its first await.</summary>
    [JsonStringEnumMemberName("entered")]
    Entered,

    /// <summary>Its task has not completed.</summary>
    [JsonStringEnumMemberName("awaiting")]
    Awaiting,
}

/// <summary>One adapter id. <paramref name="State"/> is the supervisor's word for it, in camel case.</summary>
internal sealed record AdapterStatus(
    string Id, string Plugin, string State, string? Reason, long Generation, DateTimeOffset SinceUtc, DateTimeOffset? LastInboundUtc, DateTimeOffset? LastOutboundUtc,
    IReadOnlyList<AbandonedCallReport> AbandonedCalls, ReconnectStatus? Reconnect)
{
    /// <summary>The stable code of what keeps it from work; null: nothing does, or it is disabled.</summary>
    public string? Code { get; init; }

    /// <summary>The frame of the plugin's own code that the fault in <paramref name="Reason"/> came from, for example <c>MyAdapter.ConnectAsync in MyAdapter.cs:41</c>; null: unknown.</summary>
    public string? Frame { get; init; }

    /// <summary>Where its code runs: <c>inProcess</c> or <c>process</c>.</summary>
    public string Isolation { get; init; } = WorkerStatus.InProcess;

    /// <summary>A path that it claims and another adapter has, in a sentence; null: there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PathRefused { get; init; }

    /// <summary>Its own process; null: it has none.</summary>
    public WorkerStatus? Worker { get; init; }

    /// <summary>Messages that are owed through it, and how many of them are being sent.</summary>
    public int Owed { get; init; }

    public int SendsInFlight { get; init; }

    /// <summary>How long ago each part of the connection last proved to work.</summary>
    public LifeSigns? LifeSigns { get; init; }

    /// <summary>Its messages that were accepted and not yet handled.</summary>
    public long Pending { get; init; }

    /// <summary>Its messages that were refused since the start because it had used its share of the inbox; their platform keeps them.</summary>
    public long Refused { get; init; }

    /// <summary>Messages that programs and handlers wanted to owe through it and that were refused since the start because there was no room.</summary>
    public long OwedRefused { get; init; }

    /// <summary>Turns of its conversations whose handler is done and that wait until the files of their replies are copied.</summary>
    public int TurnsWaitingForFiles { get; init; }

    /// <summary>Until when nothing is sent through it, because its platform or its plugin has asked for that; null: nothing is held. An operator's reconnect ends it.</summary>
    public DateTimeOffset? HeldUntilUtc { get; init; }

    /// <summary>Until when one or several of its chats are held: the latest.</summary>
    public DateTimeOffset? ChatsHeldUntilUtc { get; init; }

    /// <summary>Its messages whose last attempt failed and that are to be sent again; null: there are none.</summary>
    public RetryingDeliveries? Retrying { get; init; }

    /// <summary>Its messages that were turned away for good since the start, by cause: ownMessage, stranger, notMentioned, botLoop, botAdded, tooLarge, invalid.</summary>
    public IReadOnlyDictionary<string, long> Discarded { get; init; } = new Dictionary<string, long>();
}

/// <summary>The process of an isolated adapter.</summary>
/// <param name="MemoryBytes">Resident; what it shares with others included.</param>
/// <param name="CpuSeconds">Since its start.</param>
internal sealed record WorkerStatus(int Pid, long MemoryBytes, double CpuSeconds)
{
    public const string InProcess = "inProcess", Process = "process";

    /// <summary>The word for where its code runs.</summary>
    public static string ModeOf(UnitSnapshot unit) => unit.IsIsolated ? Process : InProcess;

    /// <summary>Null: there is no process.</summary>
    public static WorkerStatus? Of(UnitSnapshot unit) =>
        WorkerStatistics.Of(unit.WorkerId) is { } statistics ? new(unit.WorkerId, statistics.Memory, Math.Round(statistics.Cpu.TotalSeconds, 2)) : null;

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {Pid}, {MemoryBytes / 1048576} MiB, {CpuSeconds:0.0} s CPU");
}

/// <summary>Ages of the three proofs of life, in seconds; null: there is none. Transport: connected, or any of the others; ingress: something arrived or a probe came back; egress:
/// something was delivered or a probe went out.</summary>
internal sealed record LifeSigns(double? TransportSeconds, double? IngressSeconds, double? EgressSeconds);

/// <summary>A call that outlived its deadline and has not come back.</summary>
internal sealed record AbandonedCallReport(string Operation, long Generation, DateTimeOffset SinceUtc, AbandonedCallStage Stage);

/// <summary>The attempt that comes next, and when.</summary>
internal sealed record ReconnectStatus(int Attempt, DateTimeOffset DueUtc);
