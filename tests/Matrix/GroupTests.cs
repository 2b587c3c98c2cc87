namespace PluginGateway.MatrixTests;

/// <summary>Sins that hurt nobody but their own adapter: many in one gateway.</summary>
public static class Rows
{
    private static readonly string[] Blocking = ["sleep", "lock", "wait", "late-blocking", "uninterruptible"];
    private static readonly string[] Awaiting = ["never", "cancel-blocks", "cancel-throws", "swallows", "late-result", "late-fault", "unstarted"];
    private static readonly string[] Messages = ["throws", "throws-cancelled", "throws-own", "message-throws", "message-null", "message-huge",
        "throws-fault", "throws-aggregate", "throws-nested", "throws-circle"];

    public static IEnumerable<Row> Hang(string phase) =>
    [
        .. Blocking.Concat(["awaitable-blocks", "message-hangs"])
            .Select(sin => new Row(sin, phase, Ending.Overdue, "blocked before its first await")),
        .. Awaiting.Select(sin => new Row(sin, phase, Ending.Overdue, "did not finish within")),
    ];

    public static IEnumerable<Row> Fail(string phase) =>
    [
        .. Messages.SelectMany(
            sin => new[] { new Row(sin, phase, Ending.Failed, ReasonOf(sin)), new Row($"{sin}-async", phase, Ending.Failed, ReasonOf(sin)) }),
        new("null-task", phase, Ending.Failed, "returned no task"),
        new("faulted", phase, Ending.Failed, "System.IO.IOException"),
        new("cancelled", phase, Ending.Failed, "It was cancelled"),
    ];

    public static IEnumerable<Row> Well(string phase) =>
        [new("inline-then-blocks", phase, Ending.Unharmed), new("inline-under-lock", phase, Ending.Unharmed)];

    private static string ReasonOf(string sin) => sin switch
    {
        "throws" or "message-huge" => "System.IO.IOException",
        "throws-own" => "OwnException: of my own assembly",
        "message-throws" => "its Message threw",
        "throws-fault" => "a fault with a code of its own",
        _ => "",
    };
}

public sealed class ConnectGroup() : Group(All)
{
    public static IEnumerable<Row> All =>
    [
        .. Rows.Hang("connect"), .. Rows.Fail("connect"), .. Rows.Well("connect"), new("null-result", "connect", Ending.Failed, "returned null"),
        new("negative-limit", "connect", Ending.Failed, "MaxTextLength is -1; allowed: 0 or more, or null"),
    ];
}

public sealed class ConnectTests(ConnectGroup group) : IClassFixture<ConnectGroup>
{
    public static TheoryData<Row> Sins => [.. ConnectGroup.All];

    [Theory]
    [MemberData(nameof(Sins))]
    public void Ends_at_its_deadline_or_with_a_reason(Row row) => Cell.Check(group.Result, row);

    [Fact]
    public void Leaves_the_neighbour_the_stop_and_the_store_alone() => Assert.Empty(group.Result.Complaints);
}

public sealed class SendGroup() : Group(All)
{
    public static IEnumerable<Row> All =>
        [.. Rows.Hang("send"), .. Rows.Fail("send"), .. Rows.Well("send"), new("null-result", "send", Ending.Failed, "returned null")];
}

public sealed class SendTests(SendGroup group) : IClassFixture<SendGroup>
{
    public static TheoryData<Row> Sins => [.. SendGroup.All];

    [Theory]
    [MemberData(nameof(Sins))]
    public void Ends_at_its_deadline_or_with_a_reason(Row row) => Cell.Check(group.Result, row);

    [Fact]
    public void Leaves_the_neighbour_the_stop_and_the_store_alone() => Assert.Empty(group.Result.Complaints);
}

public sealed class DisconnectGroup() : Group(All)
{
    public static IEnumerable<Row> All =>
    [
        .. Rows.Hang("disconnect"), .. Rows.Hang("dispose"),
        .. Rows.Fail("disconnect").Concat(Rows.Fail("dispose")).Select(static row => row with { Ending = Ending.Unharmed, Reason = "" }),
    ];
}

public sealed class DisconnectTests(DisconnectGroup group) : IClassFixture<DisconnectGroup>
{
    public static TheoryData<Row> Sins => [.. DisconnectGroup.All];

    [Theory]
    [MemberData(nameof(Sins))]
    public void Ends_at_its_deadline_or_harms_nobody(Row row) => Cell.Check(group.Result, row);

    [Fact]
    public void Leaves_the_neighbour_the_stop_and_the_store_alone() => Assert.Empty(group.Result.Complaints);
}

public sealed class CapabilityGroup() : Group(All)
{
    public static IEnumerable<Row> All =>
    [
        .. Rows.Hang("typing"), .. Rows.Fail("typing").Select(static row => row with { Ending = Ending.Unharmed, Reason = "" }),
        .. Rows.Hang("answer"), .. Rows.Fail("answer").Select(static row => row with { Ending = Ending.Unharmed, Reason = "" }),
        .. Rows.Hang("http"), .. Rows.Fail("http").Where(static row => row.Reason.Length == 0 || row.Sin is "throws" or "throws-async")
            .Select(static row => row with { Reason = "502" }),
        new("null-result", "http", Ending.Failed, "502"),
    ];
}

public sealed class CapabilityTests(CapabilityGroup group) : IClassFixture<CapabilityGroup>
{
    public static TheoryData<Row> Sins => [.. CapabilityGroup.All];

    [Theory]
    [MemberData(nameof(Sins))]
    public void Ends_at_its_deadline_or_with_an_answer(Row row) => Cell.Check(group.Result, row);

    [Fact]
    public void Leaves_the_neighbour_the_stop_and_the_store_alone() => Assert.Empty(group.Result.Complaints);
}

/// <summary>What runs before the connection: the constructor (synchronous: only what blocks or throws is a sin there) and the check of the
/// settings.</summary>
public sealed class CreationGroup() : Group(All)
{
    public static IEnumerable<Row> All =>
    [
        .. Rows.Hang("construct").Where(static row => row.Sin is "sleep" or "lock" or "wait" or "uninterruptible" or "message-hangs"),
        .. Rows.Fail("construct")
            .Where(static row => !row.Sin.EndsWith("-async", StringComparison.Ordinal) && row.Sin is not ("null-task" or "faulted" or "cancelled"))
            .Select(static row => row with { Reason = "" }),
        .. Rows.Hang("validate").Where(static row => row.Sin is "sleep" or "never" or "cancel-blocks" or "unstarted"),
        .. Rows.Fail("validate"), new("null-result", "validate", Ending.Failed, "returned null"),
    ];
}

public sealed class CreationTests(CreationGroup group) : IClassFixture<CreationGroup>
{
    public static TheoryData<Row> Sins => [.. CreationGroup.All];

    [Theory]
    [MemberData(nameof(Sins))]
    public void Ends_at_its_deadline_or_with_a_reason(Row row) => Cell.Check(group.Result, row);

    [Fact]
    public void Leaves_the_neighbour_the_stop_and_the_store_alone() => Assert.Empty(group.Result.Complaints);
}

/// <summary>The run, which has no deadline but ends with its generation, and the turns of a handler.</summary>
public sealed class WorkGroup() : Group(All)
{
    public static IEnumerable<Row> All =>
    [
        .. Rows.Fail("run-direct"), new("returns", "run-direct", Ending.Failed, "RunAsync returned"),
        .. Rows.Hang("run-after").Where(static row => row.Sin is "never" or "sleep" or "cancel-blocks" or "swallows"),
        .. Rows.Hang("handler-construct").Where(static row => row.Sin is "sleep" or "wait" or "message-hangs"),
        .. Rows.Fail("handler-construct").Where(static row => row.Sin is "throws" or "throws-own" or "message-throws")
            .Select(static row => row with { Reason = "" }),
        .. Rows.Hang("turn").Where(static row => !row.Sin.StartsWith("late-", StringComparison.Ordinal)), .. Rows.Fail("turn"),
    ];
}

public sealed class WorkTests(WorkGroup group) : IClassFixture<WorkGroup>
{
    public static TheoryData<Row> Sins => [.. WorkGroup.All];

    [Theory]
    [MemberData(nameof(Sins))]
    public void Ends_at_its_deadline_or_with_a_reason(Row row) => Cell.Check(group.Result, row);

    [Fact]
    public void Leaves_the_neighbour_the_stop_and_the_store_alone() => Assert.Empty(group.Result.Complaints);
}
