using System.Buffers.Binary;
using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Isolation;

/// <summary>Everything that crosses arrives as it was said, and whatever else arrives is refused.</summary>
public sealed class MessagesTests
{
    private static readonly Chat Place = new("c\ud800", ChatKind.Channel, "thread");
    private static readonly DateTimeOffset Time = new(2026, 2, 3, 4, 5, 6, TimeSpan.FromMinutes(-150));
    private static readonly Dictionary<string, string> Pairs = new() { ["k"] = "v", ["\udc00"] = "" };

    private static readonly InboundMessage Inbound = new("e\udfff", Place, new Sender("s", null, true), "text\0\ud800")
    {
        Attachments = [new Attachment("ref", AttachmentKind.Audio) { Name = "n", Size = 7 }],
        ReplyTo = "r",
        PlatformTime = Time,
        IsEdit = true,
        State = Pairs,
        Extras = Pairs,
    };

    /// <summary>A body of every kind, with what reads it.</summary>
    public static TheoryData<string> Kinds => [.. Bodies.Keys];

    private static readonly Dictionary<string, (byte[] Body, Read<object> Read)> Bodies = new()
    {
        ["inbound"] = (Written(Inbound, static (to, what) => to.Write(what)), static (ref FrameReader from) => Messages.ReadInbound(ref from)),
        ["outbound"] = (
            Written(new OutboundMessage("k", Place, "t") { Attempt = 3, Format = TextFormat.Markdown, Attachments = [new OutboundAttachment("p", AttachmentKind.Image)], Deadline = Time }, static (to, what) => to.Write(what)),
            static (ref FrameReader from) => Messages.ReadOutbound(ref from)),
        ["edit"] = (Written(new MessageEdit(new MessageRef(Place, "m"), "t"), static (to, what) => to.Write(what)), static (ref FrameReader from) => Messages.ReadEdit(ref from)),
        ["reaction"] = (Written(new Reaction(new MessageRef(Place, "m"), null), static (to, what) => to.Write(what)), static (ref FrameReader from) => Messages.ReadReaction(ref from)),
        ["sent"] = (Written(SendResult.Sent(new Receipt("m") { PlatformTime = Time }), static (to, what) => to.Write(what)), static (ref FrameReader from) => Results.ReadSendResult(ref from)),
        ["partial"] = (
            Written(
                SendResult.Partial(new Receipt("m") { DeliveredLength = 9 }, SendError.RateLimited(TimeSpan.FromSeconds(3), RateLimitScope.Account, "slow") with { Hint = "h" }), static (to, what) => to.Write(what)),
            static (ref FrameReader from) => Results.ReadSendResult(ref from)),
        ["unknown"] = (
            Written(SendResult.Unknown(new SendError(SendErrorKind.Conflict, SendRetry.After(TimeSpan.FromTicks(5)), "x") { PlatformCode = "409" }), static (to, what) => to.Write(what)),
            static (ref FrameReader from) => Results.ReadSendResult(ref from)),
        ["settings"] = (Written(new SettingsReport([new SettingsProblem("k", "m")]), static (to, what) => to.Write(what)), static (ref FrameReader from) => Results.ReadSettingsReport(ref from)),
        ["failure"] = (
            Written(new CallFailure("t", "x", new AdapterFault("c", "m", FaultRetry.AfterOperatorAction) { RetryAfter = TimeSpan.FromSeconds(1) }, LoadCode.ConstructorFailed), static (to, what) => to.Write(what)),
            static (ref FrameReader from) => Results.ReadFailure(ref from)),
        ["request"] = (
            Written(new HttpCall("POST", "/x", new byte[] { 1, 2, 3 }) { Query = Pairs, Headers = Pairs, RemoteAddress = "::1" }, static (to, what) => to.Write(what)), static (ref FrameReader from) => HttpMessages.ReadCall(ref from)),
        ["reply"] = (Written(HttpReply.Json(201, "{}") with { Headers = Pairs }, static (to, what) => to.Write(what)), static (ref FrameReader from) => HttpMessages.ReadReply(ref from)),
        ["stream"] = (Written(HttpReply.EventStream("t", 4, [new StreamEvent("d\nd", "1", "n")]), static (to, what) => to.Write(what)), static (ref FrameReader from) => HttpMessages.ReadReply(ref from)),
        ["attachment"] = (Written(new AttachmentRequest(new Attachment("r", AttachmentKind.File), "/p", 5), static (to, what) => to.Write(what)), static (ref FrameReader from) => Messages.ReadAttachmentRequest(ref from)),
        ["acceptance"] = (Written(Acceptance.Refused("full"), static (to, what) => to.Write(what)), static (ref FrameReader from) => Messages.ReadAcceptance(ref from)),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_written_is_read_as_it_was(string kind)
    {
        var (body, read) = Bodies[kind];
        var reader = new FrameReader(body);
        var value = read(ref reader);
        reader.End();
        var again = value switch
        {
            InboundMessage message => Written(message, static (to, what) => to.Write(what)),
            OutboundMessage message => Written(message, static (to, what) => to.Write(what)),
            MessageEdit edit => Written(edit, static (to, what) => to.Write(what)),
            Reaction reaction => Written(reaction, static (to, what) => to.Write(what)),
            SendResult result => Written(result, static (to, what) => to.Write(what)),
            SettingsReport report => Written(report, static (to, what) => to.Write(what)),
            CallFailure failure => Written(failure, static (to, what) => to.Write(what)),
            HttpCall call => Written(call, static (to, what) => to.Write(what)),
            HttpReply reply => Written(reply, static (to, what) => to.Write(what)),
            AttachmentRequest request => Written(request, static (to, what) => to.Write(what)),
            Acceptance acceptance => Written(acceptance, static (to, what) => to.Write(what)),
            _ => [],
        };
        Assert.Equal(body, again);
    }

    [Fact]
    public void Half_a_surrogate_pair_and_a_zero_arrive_so_that_the_gateway_can_judge_them()
    {
        var reader = new FrameReader(Bodies["inbound"].Body);
        var message = Messages.ReadInbound(ref reader);
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
        var (body, read) = Bodies[kind];
        for (var length = 0; length < body.Length; length++) Assert.True(IsRefused(body.AsSpan(0, length), read), $"{length} of {body.Length} bytes were taken for the whole.");
        Assert.True(IsRefused([.. body, 0], read));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Garbage_is_read_or_refused_and_nothing_else(string kind)
    {
        var (body, read) = Bodies[kind];
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
