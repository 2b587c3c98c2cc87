using System.Text;

namespace PluginGateway.Web.Events;

/// <summary>Server-sent events as bytes, by the HTML standard's section 9.2.</summary>
internal static class EventBytes
{
    /// <summary>Tells the browser how soon to come back.</summary>
    public static ReadOnlyMemory<byte> Retry { get; } = "retry: 1000\n\n"u8.ToArray();

    /// <summary>A comment that proves the connection alive.</summary>
    public static ReadOnlyMemory<byte> Heartbeat { get; } = ": still here\n\n"u8.ToArray();

    /// <summary>Tells a page that the gateway is going away.</summary>
    public static ReadOnlyMemory<byte> Stopping { get; } = "event: stopping\ndata: {}\n\n"u8.ToArray();

    /// <summary>Writes one event. In a stream a line ends at CR LF, LF or CR.</summary>
    public static ReadOnlyMemory<byte> Encode(StreamEvent streamEvent)
    {
        var text = new StringBuilder(streamEvent.Data.Length + 64);
        if (streamEvent.Id is { } id) text.Append("id: ").Append(id).Append('\n');
        if (streamEvent.Name is { } name) text.Append("event: ").Append(name).Append('\n');
        var data = streamEvent.Data.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        foreach (var line in data.AsSpan().Split('\n')) text.Append("data: ").Append(data.AsSpan()[line]).Append('\n');
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }
}
