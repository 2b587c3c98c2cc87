namespace PluginGateway.Isolation.Protocol;

/// <summary>Requests from outside and their answers, as they cross.</summary>
internal static class HttpMessages
{
    public static void Write(this FrameWriter writer, HttpCall call) =>
        writer.Text(call.Method).Text(call.Path).Bytes(call.Body.Span).Map(call.Query).Map(call.Headers).Text(call.RemoteAddress);

    public static HttpCall ReadCall(ref FrameReader reader) => new(reader.Text(), reader.Text(), reader.Bytes().ToArray())
    {
        Query = reader.Map(),
        Headers = reader.Map(),
        RemoteAddress = reader.MaybeText(),
    };

    public static void Write(this FrameWriter writer, HttpReply reply)
    {
        writer.Text(reply.Topic);
        if (reply.Topic is null) writer.Int(reply.Status).Bytes(reply.Body.Span);
        else writer.Long(reply.AfterPosition).List(reply.First, static (to, item) => to.Write(item));
        writer.Text(reply.ContentType).Map(reply.Headers);
    }

    public static HttpReply ReadReply(ref FrameReader reader)
    {
        var reply = reader.MaybeText() is { } topic
            ? HttpReply.EventStream(topic, reader.Long(), reader.List(ReadEvent))
            : HttpReply.Bytes(reader.Int(), reader.Bytes().ToArray(), "");
        return reply with { ContentType = reader.MaybeText(), Headers = reader.Map() };
    }

    public static void Write(this FrameWriter writer, StreamEvent item) => writer.Text(item.Data).Text(item.Id).Text(item.Name);

    public static StreamEvent ReadEvent(ref FrameReader reader) => new(reader.Text(), reader.MaybeText(), reader.MaybeText());
}
