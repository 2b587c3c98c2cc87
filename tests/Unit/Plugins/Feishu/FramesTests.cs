using System.Text;
using CsCheck;
using Google.Protobuf;
using PluginGateway.FakeFeishu;
using PluginGateway.Plugins.Feishu;
using PluginGateway.Plugins.Feishu.Protocol;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Frames, byte for byte as the official SDK writes and reads them.</summary>
public sealed class FramesTests
{
    private const string GoldenPing = "0800100018f681801020002a0c0a0474797065120470696e67";

    private const string GoldenEvent =
        "08051006180720012a0d0a047479706512056576656e742a100a0a6d6573736167655f696412026d312a080a0373756d1201312a080a037365711201302a0d0a0874726163655f6964120174"
        + "424b7b22736368656d61223a22322e30222c22686561646572223a7b226576656e745f74797065223a22696d2e6d6573736167652e726563656976655f7631227d2c226576656e74223a7b7d7d";

    private const string GoldenAnswer =
        "08051006180720012a0d0a047479706512056576656e742a100a0a6d6573736167655f696412026d312a080a0373756d1201312a080a037365711201302a0d0a0874726163655f6964120174"
        + "2a0c0a0662697a5f727412022d31420c7b22636f6465223a3230307d";

    [Fact]
    public void A_ping_is_the_golden_one_with_its_zeros() => Assert.Equal(GoldenPing, Convert.ToHexStringLower(Frames.Ping(33554678).ToByteArray()));

    [Fact]
    public void An_event_is_read_and_its_answer_is_the_golden_one()
    {
        var frame = Frames.Read(Convert.FromHexString(GoldenEvent))!;
        Assert.Equal((5UL, 6UL, 7, Frames.Data), (frame.SeqID, frame.LogID, frame.Service, frame.Method));
        Assert.Equal(("event", "m1", "1", "0", "t"),
            (frame.Value("type"), frame.Value("message_id"), frame.Value("sum"), frame.Value("seq"), frame.Value("trace_id")));
        Assert.Equal("im.message.receive_v1", Json.Parse(frame.Payload.Memory)!.Value.Get("header").String("event_type"));
        // The SDK writes -1 ms where we write what it took.
        Assert.Equal(GoldenAnswer, Convert.ToHexStringLower(Frames.Answer(frame, 200, TimeSpan.FromMilliseconds(-1)).ToByteArray()));
    }

    [Fact]
    public void The_answer_to_a_callback_stands_in_base64_beside_the_code()
    {
        var answer = Frames.Answer(Frames.Read(Convert.FromHexString(GoldenEvent))!, 200, TimeSpan.Zero, "{}");
        Assert.Equal("{\"code\":200,\"data\":\"e30=\"}", answer.Payload.ToStringUtf8());
    }

    [Fact]
    public void Ids_are_kept_to_the_last_bit()
    {
        var frame = Frames.Ping(1);
        (frame.SeqID, frame.LogID, frame.LogIDNew) = (ulong.MaxValue, (1UL << 53) + 1, "new");
        var answer = Frames.Read(Frames.Answer(Frames.Read(frame.ToByteArray())!, 500, TimeSpan.Zero).ToByteArray())!;
        Assert.Equal(
            (ulong.MaxValue, (1UL << 53) + 1, "new", "{\"code\":500}"), (answer.SeqID, answer.LogID, answer.LogIDNew, answer.Payload.ToStringUtf8()));
    }

    [Theory]
    [InlineData("100018f681801020002a0c0a0474797065120470696e67")] // without SeqID
    [InlineData("0800100018f68180102a0c0a0474797065120470696e67")] // without method
    [InlineData("08001000180020002a060a0474797065")] // a header without a value
    [InlineData("0800100018f681801020002a0c0a04747970")] // cut off
    [InlineData("ffffffffffffffffffffff")]
    [InlineData("")]
    public void What_is_no_frame_is_told_apart(string bytes) => Assert.Null(Frames.Read(Convert.FromHexString(bytes)));

    [Fact]
    public void Fields_that_nobody_knows_are_passed_over() => Assert.NotNull(Frames.Read(Convert.FromHexString(GoldenPing + "a20602" + "6869")));

    /// <summary>Whatever a server sends, reading it ends, and throws nothing.</summary>
    [Fact]
    public void No_bytes_make_reading_throw() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        var frame = Frames.Read(bytes);
        if (frame is not null) new Fragments(TimeProvider.System).TryComplete(frame, out _, out _);
    });

    [Fact]
    public void The_fakes_own_codec_and_ours_agree() => Gen.Select(Gen.ULong, Gen.ULong, Gen.Int[0, int.MaxValue],
        Gen.String[0, 20].Where(static text => IsText(text)), Gen.Byte.Array[0, 100]).Sample((seq, log, service, value, payload) =>
    {
        var written = new WireFrame(seq, log, service, 1, [new("type", "event"), new("key", value)], payload).ToBytes();
        var frame = Frames.Read(written)!;
        Assert.Equal((seq, log, service, 1, value), (frame.SeqID, frame.LogID, frame.Service, frame.Method, frame.Value("key")));
        Assert.Equal(payload, frame.Payload.ToByteArray());
        if (payload.Length > 0) Assert.Equal(written, frame.ToByteArray());
    });

    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
