using System.Globalization;
using System.Text;
using Google.Protobuf;
using PluginGateway.Plugins.Feishu.Protocol;

namespace PluginGateway.Plugins.Feishu;

/// <summary>The frames of the long connection.</summary>
internal static class Frames
{
    public const int Control = 0;
    public const int Data = 1;

    /// <summary>Required fields are set although they are 0, else they would be left out and the platform would refuse the frame.</summary>
    public static Frame Ping(int service) =>
        new() { SeqID = 0, LogID = 0, Service = service, Method = Control, Headers = { new Header { Key = "type", Value = "ping" } } };

    /// <summary>Builds the answer to an event: the event's frame, with another payload.</summary>
    /// <param name="received">The event's frame; of a fragmented event the last that came.</param>
    /// <param name="code">200: taken; 500: not taken, come again.</param>
    /// <param name="took">The duration of handling the event.</param>
    /// <param name="reply">JSON that the platform awaits as the answer to a callback; null: it awaits none.</param>
    public static Frame Answer(Frame received, int code, TimeSpan took, string? reply = null)
    {
        var answer = received.Clone();
        answer.Headers.Add(new Header { Key = "biz_rt", Value = ((long)took.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) });
        var data = reply is null ? "" : $",\"data\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(reply))}\"";
        answer.Payload = ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{{\"code\":{code}{data}}}"));
        return answer;
    }

    /// <summary>Reads a frame; null: these bytes are none.</summary>
    public static Frame? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var frame = Frame.Parser.ParseFrom(bytes);
            return frame is { HasSeqID: true, HasLogID: true, HasService: true, HasMethod: true }
                && frame.Headers.All(static header => header.HasKey && header.HasValue) ? frame : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    public static string? Value(this Frame frame, string key) => frame.Headers.LastOrDefault(header => header.Key == key)?.Value;
}
