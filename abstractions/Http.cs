using System.Text;

namespace PluginGateway;

/// <summary>One HTTP request to an adapter, fully read.</summary>
public sealed record HttpCall
{
    /// <summary>Creates a call.</summary>
    /// <param name="method">The method, upper case.</param>
    /// <param name="path">The path below the adapter's prefix: empty, or with a leading slash; percent-decoded.</param>
    /// <param name="body">The body; empty when there is none.</param>
    public HttpCall(string method, string path, ReadOnlyMemory<byte> body)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(path);
        Method = method;
        Path = path;
        Body = body.ToArray();
    }

    /// <summary>The method, upper case.</summary>
    public string Method { get; }

    /// <summary>The path below the adapter's prefix.</summary>
    public string Path { get; }

    /// <summary>The body, at most 1 MiB.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The query's values, decoded; of a repeated name the last.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init => field = Ensure.Map(value); } = Ensure.Map([]);

    /// <summary>The headers, names in any case; repeated ones joined by a comma. Left out: <c>Cookie</c>, <c>Proxy-Authorization</c>, and an
    /// <c>Authorization</c> that holds a token of the gateway.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init => field = Ensure.Map(value, StringComparer.OrdinalIgnoreCase); } = Ensure.Map([]);

    /// <summary>The peer's address, or null.</summary>
    public string? RemoteAddress { get; init; }
}

/// <summary>An adapter's answer: bytes, or an event stream that the host keeps open.</summary>
public sealed record HttpReply
{
    private static readonly ReadOnlyMemory<byte> NoBody = ReadOnlyMemory<byte>.Empty;

    private HttpReply(int status, ReadOnlyMemory<byte> body)
    {
        if (status is < 200 or > 599) throw new ArgumentOutOfRangeException(nameof(status), status, "An HTTP status is 200 to 599.");
        Status = status;
        Body = body;
    }

    /// <summary>The status code.</summary>
    public int Status { get; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Headers to send. The host drops hop-by-hop headers and those that reach beyond the adapter's own pages: <c>Set-Cookie</c>,
    /// <c>Clear-Site-Data</c>, <c>Service-Worker-Allowed</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init => field = Ensure.Map(value, StringComparer.OrdinalIgnoreCase); } = Ensure.Map([]);

    /// <summary>The topic of an event stream, or null for a plain answer.</summary>
    public string? Topic { get; private init; }

    /// <summary>The topic's position after which events are sent.</summary>
    public long AfterPosition { get; private init; }

    /// <summary>What an event stream shows first.</summary>
    public IReadOnlyList<StreamEvent> First { get; private init; } = [];

    /// <summary>A status without a body.</summary>
    /// <param name="status">200 to 599.</param>
    /// <returns>The reply.</returns>
    public static HttpReply Empty(int status) => new(status, NoBody);

    /// <summary>A status with bytes.</summary>
    /// <param name="status">200 to 599.</param>
    /// <param name="body">The bytes, copied.</param>
    /// <param name="contentType">The media type.</param>
    /// <returns>The reply.</returns>
    public static HttpReply Bytes(int status, ReadOnlyMemory<byte> body, string contentType) =>
        new(status, body.ToArray()) { Headers = new Dictionary<string, string> { ["Content-Type"] = contentType } };

    /// <summary>A status with a JSON text.</summary>
    /// <param name="status">200 to 599.</param>
    /// <param name="json">The JSON text.</param>
    /// <returns>The reply.</returns>
    public static HttpReply Json(int status, string json) => Bytes(status, Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8");

    /// <summary>A server-sent event stream, kept open by the host until the client or the gateway goes.</summary>
    /// <param name="topic">The topic of <see cref="AdapterContext.Events"/>.</param>
    /// <param name="afterPosition">The <see cref="IEventTopics.Position"/> read before <paramref name="first"/> was collected.</param>
    /// <param name="first">What to show first, in order.</param>
    /// <returns>The reply.</returns>
    public static HttpReply EventStream(string topic, long afterPosition, IEnumerable<StreamEvent> first) =>
        new(200, NoBody) { Topic = Ensure.Token(topic, nameof(topic)), AfterPosition = afterPosition, First = Ensure.List(first, nameof(first)) };
}

/// <summary>One server-sent event.</summary>
public sealed record StreamEvent
{
    /// <summary>Creates an event.</summary>
    /// <param name="data">The data; may have several lines.</param>
    /// <param name="id">The id that a client gives back as <c>Last-Event-ID</c>, or null.</param>
    /// <param name="name">The event's name; null is the default, <c>message</c>.</param>
    /// <exception cref="ArgumentException">An id or a name has control characters or is empty.</exception>
    public StreamEvent(string data, string? id = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        Data = data;
        Id = Ensure.OptionalToken(id, nameof(id));
        Name = Ensure.OptionalToken(name, nameof(name));
    }

    /// <summary>The data.</summary>
    public string Data { get; }

    /// <summary>The id, or null.</summary>
    public string? Id { get; }

    /// <summary>The name, or null.</summary>
    public string? Name { get; }
}
