namespace PluginGateway.MatrixTests;

/// <summary>Sins that hurt nobody but their own adapter: many in one gateway.</summary>
public static class Rows
{
    private static readonly string[] Blocking = ["sleep", "lock", "wait", "late-blocking", "uninterruptible"];
    private static readonly string[] Awaiting = ["never", "cancel-blocks", "cancel-throws", "swallows", "late-result", "late-fault", "unstarted"];
    private static readonly string[] Messages = ["throws", "throws-cancelled", "throws-own", "message-throws", "message-null", "message-huge", "throws-fault", "throws-aggregate"];

    public static IEnumerable<Row> Hang(string phase) =>
    [
        .. Blocking.Concat(["awaitable-blocks", "message-hangs"]).Select(sin => new Row(sin, phase, Ending.Overdue, "blocked before its first await")),
        .. Awaiting.Select(sin => new Row(sin, phase, Ending.Overdue, "did not finish within")),
    ];

    public static IEnumerable<Row> Fail(string phase) =>
    [
        .. Messages.SelectMany(sin => new[] { new Row(sin, phase, Ending.Failed, ReasonOf(sin)), new Row($"{sin}-async", phase, Ending.Failed, ReasonOf(sin)) }),
        new("null-task", phase, Ending.Failed, "returned no task"),
        new("faulted", phase, Ending.Failed, "System.IO.IOException"),
        new("cancelled", phase, Ending.Failed, "It was cancelled"),
    ];

    public static IEnumerable<Row> Well(string phase) => [new("inline-then-blocks", phase, Ending.Unharmed), new("inline-under-lock", phase, Ending.Unharmed)];

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
    public static IEnumerable<Row> All => [.. Rows.Hang("connect"), .. Rows.Fail("connect"), .. Rows.Well("connect")];
}

public sealed class Connecting(ConnectGroup group) : IClassFixture<ConnectGroup>
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
    public static IEnumerable<Row> All => [.. Rows.Hang("send"), .. Rows.Fail("send"), .. Rows.Well("send"), new("null-result", "send", Ending.Failed, "returned null")];
}

public sealed class Sending(SendGroup group) : IClassFixture<SendGroup>
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

public sealed class Disconnecting(DisconnectGroup group) : IClassFixture<DisconnectGroup>
{
    public static TheoryData<Row> Sins => [.. DisconnectGroup.All];

    [Theory]
    [MemberData(nameof(Sins))]
    public void Ends_at_its_deadline_or_harms_nobody(Row row) => Cell.Check(group.Result, row);

    [Fact]
    public void Leaves_the_neighbour_the_stop_and_the_store_alone() => Assert.Empty(group.Result.Complaints);
}
