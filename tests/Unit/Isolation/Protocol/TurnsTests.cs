using System.Reflection;
using System.Text.Json;
using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Worker;
using PluginGateway.Tests.Contract;

namespace PluginGateway.Tests.Isolation.Protocol;

/// <summary>Turns and what they request cross as they were.</summary>
public sealed class TurnsTests
{
    private static readonly Reply Full = new("text\0\ud800")
    {
        Format = TextFormat.Markdown,
        ReplyTo = "r",
        Silent = true,
        LinkPreview = false,
        Buttons = new ButtonSet([new Button("b", "l") { Style = ButtonStyle.Danger }])
        {
            Once = false,
            Audience = ButtonAudience.Everyone,
            ExpiresAfter = TimeSpan.FromMinutes(3),
        },
        Attachments = [new OutboundAttachment("/p", AttachmentKind.Image) { Name = "n", ContentType = "image/png" }],
        VisibleTo = FullMessage.Value.Sender,
        Location = FullMessage.Value.Location,
        Extras = new Dictionary<string, string> { ["p.o"] = "v" },
    };

    public static TheoryData<int> Events => [.. Enumerable.Range(0, FullMessage.Events.Count)];

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_crosses_with_the_facts_that_the_host_has_set(int index)
    {
        var received = FullMessage.Events[index] switch
        {
            InboundMessage message => message with
            {
                Button = new PressedButton("b", "l", MessageTarget.Owed("m1")),
                Quote = new Quote("q") { Target = MessageTarget.Owed("m2") },
            },
            ButtonPressed press => press with { Button = new PressedButton("b", "l", MessageTarget.Owed("m3")) },
            var other => other,
        };
        var turn = new TurnOrder(7, "i", "t", "a", "c", 2, MessageCapabilities.Edit | MessageCapabilities.Fetch, [received, received])
        {
            Session = "c~3",
            Memory = new SessionMemory(new Dictionary<string, int> { ["k"] = 3 }, 17),
            Earlier = [new EarlierReply(4, EarlierKind.Edit, MessageTarget.Owed("m3")) { Text = "text", IsDelivered = true }],
            Notes = new Dictionary<string, string> { ["note"] = "value" },
        };
        var arrived = Crossed(turn, Turns.Write, Turns.ReadTurn);
        Assert.Equal([Describe(received), Describe(received)], arrived.Events.Select(Describe));
        Assert.Equal(turn.Memory.Sizes, arrived.Memory.Sizes);
        Assert.Equal(17, arrived.Memory.Room);
        Assert.Equal(turn.Earlier, arrived.Earlier);
        Assert.Equal(turn.Notes, arrived.Notes);
        Assert.Equal(turn with { Events = arrived.Events, Memory = arrived.Memory, Earlier = arrived.Earlier, Notes = arrived.Notes }, arrived);
    }

    [Fact]
    public void A_reply_crosses_with_every_member()
    {
        foreach (var part in (object[])[Full, Full.Buttons!, Full.Buttons!.Buttons[0], Full.Attachments[0]])
            Assert.All(part.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance), member => AssertHasValue(part, member));
        Assert.Equal(Describe(Full), Describe(Crossed(Full, Turns.Write, Turns.ReadReply)));
        Assert.Equal(Describe(new Reply("")), Describe(Crossed(new Reply(""), Turns.Write, Turns.ReadReply)));
        var file = new FetchedFile("/p", 5, "text/plain");
        Assert.Equal(file, Crossed(file, Turns.Write, Turns.ReadFetchedFile));
    }

    [Fact]
    public void A_message_without_a_turn_crosses_with_every_member()
    {
        var request = new OutboxRequest("a", FullMessage.Value.Chat, Full, "k");
        Assert.Equal(Describe(request), Describe(Crossed(request, Turns.Write, Turns.ReadOutboxRequest)));
    }

    [Fact]
    public void What_a_turn_requests_crosses_with_its_number()
    {
        foreach (var target in (MessageTarget[])[MessageTarget.Owed("m1"), MessageTarget.OnPlatform("p")])
        {
            Assert.Equal((7, target), Requested(target, Turns.Write, Turns.ReadTarget));
            Assert.Equal((7, new TurnReaction(target, "+")), Requested(new TurnReaction(target, "+"), Turns.Write, Turns.ReadReaction));
            Assert.Equal((7, new TurnReaction(target, null)), Requested(new TurnReaction(target, null), Turns.Write, Turns.ReadReaction));
            var (_, edit) = Requested(new TurnEdit(target, Full), Turns.Write, Turns.ReadEdit);
            Assert.Equal((target, Describe(Full)), (edit.Target, Describe(edit.Content)));
        }

        Assert.Throws<ProtocolException>(() => Crossed("", static (to, _) => to.Text(null).Text(null), Turns.ReadTarget));
        Assert.Throws<ProtocolException>(() => Crossed("", static (to, _) => to.Text("a").Text("b"), Turns.ReadTarget));
    }

    /// <summary>A member of the contract that throws <see cref="NotSupportedException"/> unless it is overridden would compile without its place in a
    /// worker.</summary>
    [Fact]
    public void Turns_and_contexts_of_workers_override_every_member_of_the_contract()
    {
        foreach (var (contract, worker) in ((Type, Type)[])[(typeof(EventTurn), typeof(WorkerTurn)), (typeof(HandlerContext), typeof(WorkerHandlerContext)),
            (typeof(AdapterContext), typeof(WorkerContext))])
        {
            var members = contract.GetMethods().Where(static method => method.IsVirtual && method.DeclaringType != typeof(object));
            Assert.All(members, member => Assert.Equal(
                worker, worker.GetMethod(member.Name, [.. member.GetParameters().Select(static one => one.ParameterType)])!.DeclaringType));
        }
    }

    [Theory]
    [InlineData("/data/gateway.db")]
    [InlineData("worker-copy/")]
    [InlineData("worker-copy/../gateway.db")]
    [InlineData("worker-copy//etc/passwd")]
    public void A_path_that_is_none_of_the_workers_copies_is_refused(string path) =>
        Assert.Throws<ProtocolException>(() => WorkerCopy.NameIn(path));

    [Fact]
    public void A_copy_has_its_name_and_an_id_of_an_upload_has_none()
    {
        Assert.Equal("0af", WorkerCopy.NameIn(WorkerCopy.PathOf("0af")));
        Assert.Null(WorkerCopy.NameIn(new string('a', 64)));
    }

    private static void AssertHasValue(object part, PropertyInfo member)
    {
        var value = member.GetValue(part);
        var isDefault = member.Name is nameof(Reply.LinkPreview) or nameof(ButtonSet.Once)
            ? value is true
            : value is null or false or 0 or "" || (value is Enum && Convert.ToInt64(value, null) == 0);
        Assert.False(isDefault, $"{part.GetType().Name}.{member.Name} has no value here.");
    }

    private static (int Turn, T Value) Requested<T>(T value, Action<FrameWriter, TurnRequest<T>> write, Read<T> read)
    {
        var turn = 0;
        var arrived = Crossed(new TurnRequest<T>(7, value), write, (ref FrameReader from) =>
        {
            turn = from.Int();
            return read(ref from);
        });
        return (turn, arrived);
    }

    private static T Crossed<TWritten, T>(TWritten value, Action<FrameWriter, TWritten> write, Read<T> read)
    {
        var writer = FrameWriter.Begin(FrameKind.Request, RemoteOperation.Turn, 1);
        write(writer, value);
        var reader = new FrameReader(writer.Finish()[(Frame.LengthBytes + Frame.HeadLength)..]);
        var arrived = read(ref reader);
        reader.End();
        writer.Done();
        return arrived;
    }

    private static string Describe(object value) => JsonSerializer.Serialize(value, value.GetType());
}
