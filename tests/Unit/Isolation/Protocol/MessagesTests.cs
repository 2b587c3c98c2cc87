using System.Buffers.Binary;
using System.Reflection;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Remote;
using PluginGateway.Loading;
using PluginGateway.Tests.Contract;

namespace PluginGateway.Tests.Isolation.Protocol;

/// <summary>Everything that crosses arrives as it was said, and whatever else arrives is refused.</summary>
public sealed class MessagesTests
{
    private static readonly Chat Place = new("c\ud800", ChatKind.Channel, "thread") { Title = "title" };
    private static readonly DateTimeOffset Time = new(2026, 2, 3, 4, 5, 6, TimeSpan.FromMinutes(-150));
    private static readonly Dictionary<string, string> Pairs = new() { ["k"] = "v", ["\udc00"] = "" };

    private static readonly InboundMessage Inbound = new(
        "e\udfff", Place, new Sender("s", "n", true) { IsSelf = true, Username = "u", Language = "l", Account = "a" }, "text\0\ud800")
    {
        MessageId = "m",
        MentionsBot = true,
        Attachments = [
            new Attachment("ref", AttachmentKind.Audio) { Name = "n", ContentType = "audio/ogg", Size = 7, Duration = TimeSpan.FromTicks(3) }],
        Quote = new Quote("q\udfff") { Text = "quoted\0", Sender = new Sender("s") },
        ForwardedFrom = new ForwardOrigin("o") { SenderId = "i", ChatId = "c", MessageId = "m", PlatformTime = Time },
        GroupId = "g",
        Format = TextFormat.Markdown,
        Command = new InvokedCommand("c", "a") { Options = Pairs },
        Mentions = [new Mention("m", 1, 2) { Id = "i" }],
        Location = new Location(1.5, -2.5) { Name = "n", Address = "a" },
        PlatformTime = Time,
        State = Pairs,
        Extras = Pairs,
        Ticket = new Ticket("t", Time),
        IsHistory = true,
    };

    /// <summary>A body of every kind, with what reads it.</summary>
    public static TheoryData<string> Kinds => [.. Bodies.Keys];

    private static readonly Dictionary<string, (object Value, byte[] Body, Read<object> Read)> Bodies = new()
    {
        ["inbound"] = Body<InboundEvent>(Inbound, static (to, what) => to.Write(what), Events.Read),
        ["edited"] = Body(FullMessage.Events[1], static (to, what) => to.Write(what), Events.Read),
        ["deleted"] = Body(FullMessage.Events[2], static (to, what) => to.Write(what), Events.Read),
        ["deleted by nobody"] = Body<InboundEvent>(
            new MessageDeleted("e", Place, null, ["m", "n"]), static (to, what) => to.Write(what), Events.Read),
        ["reacted"] = Body(FullMessage.Events[3], static (to, what) => to.Write(what), Events.Read),
        ["pressed"] = Body<InboundEvent>(
            (ButtonPressed)FullMessage.Events[4] with { Button = null }, static (to, what) => to.Write(what), Events.Read),
        ["reported"] = Body(FullMessage.Events[6], static (to, what) => to.Write(what), Events.Read),
        ["answer"] = Body(new TicketAnswer(new Ticket("t", Time), Place, new InteractionAnswer(InteractionVerdict.NotForYou, "x")) { Deadline = Time },
            static (to, what) => to.Write(what), Interactions.ReadTicketAnswer),
        ["commands"] = Body(
            new CommandPublication([new PublishedCommand("c", "d") { Descriptions = new Dictionary<string, string> { ["de"] = "b" } }]),
            Commands.Write, Commands.Read),
        ["members"] = Body(FullMessage.Events[5], static (to, what) => to.Write(what), Events.Read),
        ["outbound"] = Body(
            new OutboundMessage("k", Place, "t")
            {
                Attempt = 3,
                Format = TextFormat.Markdown,
                Silent = true,
                LinkPreview = false,
                Attachments = [new OutboundAttachment("p", AttachmentKind.Image) { Name = "n", ContentType = "image/png" }],
                ReplyTo = "r",
                Buttons = [new OutboundButton("b", "l") { Style = ButtonStyle.Danger }],
                Deadline = Time,
                Extras = Pairs,
                VisibleTo = Inbound.Sender,
                Location = Inbound.Location,
                Ticket = Inbound.Ticket,
            },
            static (to, what) => to.Write(what), Messages.ReadOutbound),
        ["edit"] = Body(
            new MessageEdit("k", new MessageRef(Place, "m"), "t")
            {
                Attempt = 2,
                Format = TextFormat.Markdown,
                LinkPreview = false,
                Buttons = [new OutboundButton("b", "l") { Style = ButtonStyle.Primary }],
                Deadline = Time,
            },
            static (to, what) => to.Write(what), Messages.ReadEdit),
        ["deletion"] = Body(new MessageDeletion("k", new MessageRef(Place, "m")) { Attempt = 2, Deadline = Time },
            static (to, what) => to.Write(what), Messages.ReadDeletion),
        ["reaction"] = Body(new ReactionUpdate("k", new MessageRef(Place, "m"), "+") { Attempt = 2, Deadline = Time }, static (to, what) => to.Write(what), Messages.ReadReaction),
        ["no reaction"] = Body(
            new ReactionUpdate("k", new MessageRef(Place, "m"), null), static (to, what) => to.Write(what), Messages.ReadReaction),
        ["typing"] = Body(new TypingIndication(Place) { Deadline = Time }, static (to, what) => to.Write(what), Messages.ReadTyping),
        ["sent"] = Body(SendResult.Sent(new Receipt("m") { EarlierParts = ["l", "k"], PlatformTime = Time }), static (to, what) => to.Write(what),
            Results.ReadSendResult),
        ["partial"] = Body(
            SendResult.Partial(new Receipt("m") { DeliveredLength = 9, DeliveredAttachments = 2 },
                SendError.RateLimited(TimeSpan.FromSeconds(3), RateLimitScope.Account, "slow") with { Hint = "h" }),
            static (to, what) => to.Write(what), Results.ReadSendResult),
        ["unknown"] = Body(
            SendResult.Unknown(new SendError(SendErrorKind.Conflict, SendRetry.After(TimeSpan.FromTicks(5)), "x") { PlatformCode = "409" }),
            static (to, what) => to.Write(what), Results.ReadSendResult),
        ["settings"] = Body(new SettingsReport([new SettingsProblem("k", "m")]), static (to, what) => to.Write(what), Results.ReadSettingsReport),
        ["connect"] = Body(new ConnectContext(4, true, "gone"), static (to, what) => to.Write(what), Results.ReadConnect),
        ["connection"] = Body(
            new ConnectionInfo
            {
                AccountId = "i",
                AccountName = "n",
                MaxTextLength = 1,
                MaxCaption = 4,
                ClientSplitLength = 5,
                GroupMessagesPerMinute = 6,
                AccountEditsPerSecond = 0.5,
                ChatEditsPerSecond = 0.75,
                MaxEdits = 7,
                EditWindowSeconds = 8,
                SenderIdsProve = true,
                Idempotency = Idempotency.Reconcilable,
                IdempotencySeconds = 9,
                MaxAttachmentBytes = 5_000_000_000,
                MaxAttachments = 2,
                MaxButtons = 3,
                MaxButtonLabel = 20,
                AccountMessagesPerSecond = 0.25,
                ChatMessagesPerSecond = 1.5,
            }, static (to, what) => to.Write(what), Results.ReadConnectionInfo),
        ["empty connection"] = Body(ConnectionInfo.Empty, static (to, what) => to.Write(what), Results.ReadConnectionInfo),
        ["connection without limits"] = Body(
            new ConnectionInfo { MaxTextLength = 0, MaxAttachmentBytes = 0, ChatMessagesPerSecond = 0 }, static (to, what) => to.Write(what),
            Results.ReadConnectionInfo),
        ["probe"] = Body(new ProbeResult(true, true), static (to, what) => to.Write(what), Results.ReadProbe),
        ["half a probe"] = Body(new ProbeResult(false, true), static (to, what) => to.Write(what), Results.ReadProbe),
        ["fault"] = Body(new PluginFault("c", "m", FaultRetry.AfterOperatorAction) { RetryAfter = TimeSpan.FromSeconds(1) },
            static (to, what) => to.Write(what), Results.ReadFault),
        ["failure"] = Body(
            new CallFailure("t", "x", new PluginFault("c", "m", FaultRetry.AfterOperatorAction) { RetryAfter = TimeSpan.FromSeconds(1) },
                LoadCode.ConstructorFailed) { NotNow = TimeSpan.FromTicks(9) }, static (to, what) => to.Write(what), Results.ReadFailure),
        ["request"] = Body(new HttpCall("POST", "/x", new byte[] { 1, 2, 3 }) { Query = Pairs, Headers = Pairs, RemoteAddress = "::1" },
            static (to, what) => to.Write(what), HttpMessages.ReadCall),
        ["reply"] = Body(HttpReply.Json(201, "{}") with { Headers = Pairs }, static (to, what) => to.Write(what), HttpMessages.ReadReply),
        ["stream"] = Body(
            HttpReply.EventStream("t", 4, [new StreamEvent("d\nd", "1", "n")]), static (to, what) => to.Write(what), HttpMessages.ReadReply),
        ["attachment"] = Body(new AttachmentRequest(new Attachment("r", AttachmentKind.File), "/p", 5), static (to, what) => to.Write(what),
            Messages.ReadAttachmentRequest),
        ["fetched"] = Body(new FetchedAttachment(5, "text/plain"), static (to, what) => to.Write(what), Messages.ReadFetched),
        ["acceptance"] = Body(
            Acceptance.Discarded("notTaken") with { Answer = new InteractionAnswer(InteractionVerdict.AlreadyTaken, "x") },
            static (to, what) => to.Write(what), Messages.ReadAcceptance),
    };

    /// <summary>Members that are never the default of their type, follow from others, or are set by the host.</summary>
    private static readonly string[] Derived = [
        "Acceptance.Acknowledge", "InboundMessage.Button", "InboundMessage.IsSplit", "ButtonPressed.Button", "PressedButton.Id", "PressedButton.Label"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_written_is_read_as_it_was(string kind)
    {
        var (said, body, read) = Bodies[kind];
        var reader = new FrameReader(body);
        var arrived = read(ref reader);
        reader.End();
        Assert.Equal(Describe(said), Describe(arrived));
    }

    /// <summary>A member that somebody adds to the contract crosses, or this test names it: first because no body here has it, then, when one has,
    /// because it does not arrive.</summary>
    [Fact]
    public void Every_member_of_everything_that_crosses_has_a_value_in_some_body_here()
    {
        var seen = new HashSet<string>();
        foreach (var (said, _, _) in Bodies.Values) Note(said, seen);
        var members = Crossing().Where(static type => !type.IsAbstract)
            .SelectMany(static type => Members(type).Select(member => $"{type.Name}.{member.Name}")).Except(Derived);
        Assert.Empty(members.Except(seen));
    }

    [Fact]
    public void Every_capability_of_the_contract_has_its_place_in_a_worker()
    {
        var capabilities = typeof(RemoteAdapter).GetInterfaces().Where(static type => type != typeof(IChannelAdapter) && type.IsPublic).ToArray();
        var ofAdapters = Contract().Except(
            [
                typeof(IChannelAdapter), typeof(IMessageHandler), typeof(IEventHandler), typeof(IStartHandler), typeof(IInbox), typeof(IAdapterState),
                typeof(IHandlerOutbox), typeof(IEventTopics), typeof(IPluginLog), typeof(ISessionState)
            ]);
        Assert.Equal(ofAdapters.Select(static type => type.Name).Order(), capabilities.Select(static type => type.Name).Order());
        Assert.Equal(ofAdapters.Order(Comparer<Type>.Create(static (a, b) => string.CompareOrdinal(a.Name, b.Name))),
            CapabilityInterfaces.All.Values.OrderBy(static type => type.Name, StringComparer.Ordinal));
        Assert.Empty(HandlerInterfaces.All.Values.Append(typeof(IEventHandler)).Except(typeof(RemoteHandler).GetInterfaces()));
    }

    [Fact]
    public void Half_a_surrogate_pair_and_a_zero_arrive_so_that_the_gateway_can_judge_them()
    {
        var reader = new FrameReader(Bodies["inbound"].Body);
        var message = Assert.IsType<InboundMessage>(Events.Read(ref reader));
        Assert.Equal(Inbound.EventId, message.EventId);
        Assert.Equal(Inbound.Text, message.Text);
        Assert.Equal(Inbound.Chat, message.Chat);
        Assert.Equal(Inbound.PlatformTime, message.PlatformTime);
        Assert.Equal(Inbound.State, message.State);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_cut_short_or_goes_on_is_refused(string kind)
    {
        var (_, body, read) = Bodies[kind];
        for (var length = 0; length < body.Length; length++)
            Assert.True(IsRefused(body.AsSpan(0, length), read), $"{length} of {body.Length} bytes were taken for the whole.");
        Assert.True(IsRefused([.. body, 0], read));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Garbage_is_read_or_refused_and_nothing_else(string kind)
    {
        var (_, body, read) = Bodies[kind];
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var garbage = body.ToArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--) garbage[random.Next(garbage.Length)] = (byte)random.Next(256);
            IsRefused(garbage, read);
        }
    }

    /// <summary>Anything but the two exceptions that a connection expects fails the test.</summary>
    private static bool IsRefused(ReadOnlySpan<byte> body, Read<object> read)
    {
        try
        {
            var reader = new FrameReader(body);
            read(ref reader);
            reader.End();
            return false;
        }
        catch (Exception problem) when (problem is ProtocolException or ArgumentException)
        {
            return true;
        }
    }

    private static (object Value, byte[] Body, Read<object> Read) Body<T>(T value, Action<FrameWriter, T> write, Read<T> read)
        where T : class => (value, Written(value, write), (ref FrameReader from) => read(ref from));

    private static IEnumerable<Type> Contract() => typeof(IChannelAdapter).Assembly.GetExportedTypes().Where(static type => type.IsInterface);

    /// <summary>The records of the contract that an adapter is given or gives back, and those in them.</summary>
    private static HashSet<Type> Crossing()
    {
        var crossing = new HashSet<Type>();
        foreach (var method in Contract().Except([typeof(IMessageHandler), typeof(IEventHandler), typeof(IHandlerOutbox)]).Append(typeof(AdapterContext))
            .SelectMany(static type => type.GetMethods()))
        {
            foreach (var type in method.GetParameters().Select(static parameter => parameter.ParameterType).Append(method.ReturnType))
                Reach(type, crossing);
        }

        foreach (var kind in typeof(InboundEvent).Assembly.GetExportedTypes().Where(static type => type.IsSubclassOf(typeof(InboundEvent))))
            Reach(kind, crossing);
        // It crosses as a notice of its own, with its two members.
        crossing.Remove(typeof(AdapterHealth));
        // They cross as text, with the order to create the instance.
        crossing.Remove(typeof(PluginSettings));
        return crossing;
    }

    private static void Reach(Type type, HashSet<Type> reached)
    {
        foreach (var argument in type.GenericTypeArguments) Reach(argument, reached);
        if (type.Assembly != typeof(IChannelAdapter).Assembly || type.IsInterface || type.IsEnum || type == typeof(AdapterContext)
            || !reached.Add(type))
            return;
        foreach (var member in Members(type)) Reach(member.PropertyType, reached);
    }

    /// <summary>Notes which members are not what they would be if nobody set them.</summary>
    private static void Note(object value, HashSet<string> seen)
    {
        foreach (var member in Members(value.GetType()))
        {
            var has = member.GetValue(value);
            if (member.Name == nameof(OutboundMessage.LinkPreview))
            {
                // True unless somebody sets it.
                if (has is false) seen.Add($"{value.GetType().Name}.{member.Name}");
                continue;
            }

            if (has is null or false or 0 or 0L or "" or System.Collections.ICollection { Count: 0 }
                || (has is Enum && Convert.ToInt64(has, null) == 0))
                continue;
            seen.Add($"{value.GetType().Name}.{member.Name}");
            if (has is not string and System.Collections.IEnumerable many)
                foreach (var one in many.OfType<object>().Where(IsOfContract)) Note(one, seen);
            else if (IsOfContract(has)) Note(has, seen);
        }
    }

    /// <summary>Members that cross: not the references to messages of the gateway, which the host sets.</summary>
    private static PropertyInfo[] Members(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static member => member.PropertyType != typeof(MessageTarget))];

    private static bool IsOfContract(object value) => value.GetType().Assembly == typeof(IChannelAdapter).Assembly && value is not Enum;

    /// <summary>Everything in it, so that two are compared by what they hold.</summary>
    private static string Describe(object? value) => value switch
    {
        null => "null",
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        DateTimeOffset time => $"{time.Ticks} {time.Offset}",
        string text => $"'{text}'",
        IReadOnlyDictionary<string, string> map => "{" + string.Join(
            ", ", map.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"'{pair.Key}': '{pair.Value}'")) + "}",
        System.Collections.IEnumerable many => "[" + string.Join(", ", many.Cast<object>().Select(Describe)) + "]",
        _ when value is CallFailure || IsOfContract(value) =>
            $"{value.GetType().Name}("
            + string.Join(", ", Members(value.GetType()).Select(member => $"{member.Name}: {Describe(member.GetValue(value))}")) + ")",
        _ => value.ToString()!,
    };

    private static byte[] Written<T>(T value, Action<FrameWriter, T> write)
    {
        var writer = FrameWriter.Begin(FrameKind.Answer, RemoteOperation.Send, 1);
        write(writer, value);
        var frame = writer.Finish().ToArray();
        writer.Done();
        Assert.Equal(frame.Length - Frame.LengthBytes, BinaryPrimitives.ReadInt32LittleEndian(frame));
        return frame[(Frame.LengthBytes + Frame.HeadLength)..];
    }
}
