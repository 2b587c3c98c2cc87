using System.Diagnostics;
using System.Text.Json;
using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Tests.Loading;

namespace PluginGateway.Tests.Guard;

/// <summary>Edit, delete, react and fetch against the real broken plugin DLL: the call ends at its deadline with an outcome that names it, an
/// adapter beside it goes on, and what hangs is listed.</summary>
public sealed class OptionalCallTests(OptionalCallTests.Plugin plugin) : IClassFixture<OptionalCallTests.Plugin>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(0.4);
    private static readonly string[] Members = ["edit", "delete", "react", "fetch"];
    private static readonly string[] Blocking = ["sleep", "wait", "message-hangs"];
    private static readonly string[] Hanging = ["never", "cancel-blocks", "cancel-throws", "unstarted"];
    private static readonly string[] Failing =
    [
        "throws", "throws-async", "throws-cancelled", "throws-own", "message-throws", "message-throws-async", "message-null", "throws-aggregate",
        "throws-fault", "null-task", "null-result", "faulted", "cancelled",
    ];

    public static TheoryData<string, string> Overdue =>
        [.. from member in Members from sin in Blocking.Concat(Hanging) select (member, sin), ("edit", "late-result"), ("fetch", "late-fault")];

    public static TheoryData<string, string> Failed => [.. from member in Members from sin in Failing select (member, sin)];

    [Theory]
    [MemberData(nameof(Overdue))]
    public void A_call_that_does_not_come_back_ends_at_its_deadline(string member, string sin)
    {
        var (fixture, call, took) = Commit(member, sin, Limit);
        Assert.True(call.End.Kind == CallEndKind.Overdue, call.End.Describe());
        Assert.True(took >= Limit, $"It ended {took} after it was posted, before its deadline.");
        Assert.True(took < Limit + TimeSpan.FromSeconds(1) + Bearable, $"It ended {took} after it was posted.");
        Assert.Equal(Blocking.Contains(sin) ? CallStage.Entered : CallStage.Awaiting, call.End.Stage);
        GuardFixture.Until(() => !fixture.Overdue.IsEmpty, "the overdue call is told");
        Assert.Equal(call.Operation, Assert.Single(fixture.Overdue).Operation);
        if (call is DeliveryCall delivery)
        {
            Assert.Equal(SendOutcome.Unknown, delivery.Result.Outcome);
            Assert.Contains(call.Operation.ToString(), delivery.Result.Error!.Message, StringComparison.Ordinal);
        }

        if (!sin.StartsWith("late-", StringComparison.Ordinal)) Assert.Equal(call.Operation, Assert.Single(fixture.Adapter.Abandoned()).Operation);
        else GuardFixture.Until(() => fixture.Late.Count == 1, "the late result is told");
    }

    [Theory]
    [MemberData(nameof(Failed))]
    public void A_call_that_breaks_the_contract_fails_with_a_reason_and_the_next_one_is_served(string member, string sin)
    {
        var (fixture, call, _) = Commit(member, sin, GuardFixture.Patience);
        Assert.Equal((CallEndKind.Failed, 0), (call.End.Kind, fixture.Overdue.Count));
        Assert.InRange(call.End.Failure!.Text.Length, 0, 500);
        if (call is DeliveryCall delivery) Assert.Equal(sin == "throws-fault" ? SendOutcome.NotSent : SendOutcome.Unknown, delivery.Result.Outcome);
        Assert.Equal(CallEndKind.Completed, GuardFixture.Await(sink => fixture.Adapter.Post(CallOf(member, sink))).Call.End.Kind);
    }

    /// <summary>What the machine may add when it is busy with other tests.</summary>
    private static TimeSpan Bearable => TimeSpan.FromSeconds(2);

    /// <summary>Commits the sin while an adapter beside it sends.</summary>
    private (GuardFixture Rig, GuardedCall Call, TimeSpan Took) Commit(string member, string sin, TimeSpan limit)
    {
        var timeouts = new CallTimeouts { Edit = limit, Delete = limit, React = limit, Fetch = limit };
        var fixture =
            new GuardFixture(null!, timeouts, create: () => new PluginAdapterFactory().Create(plugin.Loaded, Context(member, sin))).Created();
        var neighbour = new GuardFixture(new ScriptedAdapter()).Created();
        Assert.Equal(CallEndKind.Completed,
            GuardFixture.Await(sink => fixture.Adapter.BeginConnect(new ConnectContext(1, false, "start"), sink)).Call.End.Kind);
        var sink = new BlockingSink();
        var clock = Stopwatch.StartNew();
        fixture.Adapter.Post(CallOf(member, sink));
        Assert.Equal(SendOutcome.Sent, neighbour.Send().Result.Outcome);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1) + Bearable, "The neighbour's send waited.");
        var call = sink.Wait();
        return (fixture, call, clock.Elapsed);
    }

    private static GuardedCall CallOf(string member, ICallSink sink)
    {
        var message = new MessageRef(new Chat("c", ChatKind.Direct), "m");
        return member switch
        {
            "edit" => new EditCall(new MessageEdit("k", message, "t"), sink),
            "delete" => new DeleteCall(new MessageDeletion("k", message), sink),
            "react" => new ReactCall(new ReactionUpdate("reaction", message, "x"), sink),
            _ => new FetchCall(new AttachmentRequest(new Attachment("r", AttachmentKind.File), "p", 1), sink),
        };
    }

    private AdapterContext Context(string member, string sin)
    {
        var settings = PluginSettings.Parse($$"""{ "sin": "{{sin}}", "phase": "{{member}}" }""");
        var context = new Mock<AdapterContext>();
        context.SetupGet(static host => host.AdapterId).Returns("test");
        context.SetupGet(static host => host.Generation).Returns(1);
        context.SetupGet(static host => host.Settings).Returns(settings);
        context.SetupGet(static host => host.Log).Returns(Mock.Of<IPluginLog>());
        context.SetupGet(static host => host.DataDirectory).Returns(plugin.Yard.Data);
        context.SetupGet(static host => host.PluginDirectory).Returns(plugin.Yard.Plugins);
        return context.Object;
    }

    /// <summary>The DLL, loaded once: what the sins here leave behind is a thread or a task, no state that the next would see.</summary>
    public sealed class Plugin : IDisposable
    {
        public Plugin()
        {
            Yard.Place("Misbehaving");
            Loaded = Yard.Load("Misbehaving");
        }

        internal PluginFixture Yard { get; } = new();

        internal LoadedPlugin Loaded { get; }

        public void Dispose() => Yard.Dispose();
    }
}
