using System.Text;

namespace PluginGateway;

/// <summary>HTTP request to an adapter or handler, with its body read.</summary>
public sealed record HttpCall
{
    /// <summary>Creates a request.</summary>
    /// <param name="method">The method, upper case.</param>
    /// <param name="path">The path below the prefix: empty, or with a leading slash; percent-decoded.</param>
    /// <param name="body">The body, or no bytes.</param>
    public HttpCall(string method, string path, ReadOnlyMemory<byte> body)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(path);
        Method = method;
        Path = path;
        Body = body.ToArray();
    }

    /// <summary>Method, upper case.</summary>
    public string Method { get; }

    /// <summary>Path below the prefix: empty, or with a leading slash; percent-decoded.</summary>
    public string Path { get; }

    /// <summary>Body, at most 1 MiB.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Query values, decoded; the last value of a repeated name.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init => field = Ensure.Map(value); } = Ensure.Map([]);

    /// <summary>Headers; names are case-insensitive, values of a repeated name joined by a comma. The host removes <c>Cookie</c>,
    /// <c>Proxy-Authorization</c>, and an <c>Authorization</c> with a token of the gateway.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init => field = Ensure.Map(value, StringComparer.OrdinalIgnoreCase); } = Ensure.Map([]);

    /// <summary>Address of the peer, or null.</summary>
    public string? RemoteAddress { get; init; }
}

/// <summary>HTTP response: bytes, or, of an adapter only, an event stream that the host keeps open.</summary>
public sealed record HttpReply
{
    private static readonly ReadOnlyMemory<byte> NoBody = ReadOnlyMemory<byte>.Empty;

    private HttpReply(int status, ReadOnlyMemory<byte> body)
    {
        if (status is < 200 or > 599) throw new ArgumentOutOfRangeException(nameof(status), status, "An HTTP status is 200 to 599.");
        Status = status;
        Body = body;
    }

    /// <summary>Status code, 200 to 599.</summary>
    public int Status { get; }

    /// <summary>Body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Media type of the body, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>Headers of the response beside its media type, which is <see cref="ContentType"/> even where they name another. The host removes
    /// hop-by-hop headers and those with an effect beyond the adapter's own pages:
    /// <c>Set-Cookie</c>, <c>Clear-Site-Data</c>, <c>Service-Worker-Allowed</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init => field = Ensure.Map(value, StringComparer.OrdinalIgnoreCase); } = Ensure.Map([]);

    /// <summary>Topic of an event stream, or null for a plain response.</summary>
    public string? Topic { get; private init; }

    /// <summary>Position of the topic after which events are sent.</summary>
    public long AfterPosition { get; private init; }

    /// <summary>First events of an event stream.</summary>
    public IReadOnlyList<StreamEvent> First { get; private init; } = [];

    /// <summary>Creates a response without a body.</summary>
    /// <param name="status">The status code, 200 to 599.</param>
    /// <returns>The response.</returns>
    public static HttpReply Empty(int status) => new(status, NoBody);

    /// <summary>Creates a response with bytes.</summary>
    /// <param name="status">The status code, 200 to 599.</param>
    /// <param name="body">The bytes, copied.</param>
    /// <param name="contentType">The media type.</param>
    /// <returns>The response.</returns>
    public static HttpReply Bytes(int status, ReadOnlyMemory<byte> body, string contentType) =>
        new(status, body.ToArray()) { ContentType = contentType };

    /// <summary>Creates a response with a JSON text.</summary>
    /// <param name="status">The status code, 200 to 599.</param>
    /// <param name="json">The JSON text.</param>
    /// <returns>The response.</returns>
    public static HttpReply Json(int status, string json) => Bytes(status, Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8");

    /// <summary>Creates a server-sent event stream. The host keeps it open until the client or the gateway ends.</summary>
    /// <param name="topic">The topic of <see cref="AdapterContext.Events"/>.</param>
    /// <param name="afterPosition">The <see cref="IEventTopics.PositionAsync"/> read before <paramref name="first"/> was collected.</param>
    /// <param name="first">The first events, in order.</param>
    /// <returns>The response.</returns>
    public static HttpReply EventStream(string topic, long afterPosition, IEnumerable<StreamEvent> first) =>
        new(200, NoBody) { Topic = Ensure.Token(topic, nameof(topic)), AfterPosition = afterPosition, First = Ensure.List(first, nameof(first)) };
}

/// <summary>Server-sent event.</summary>
public sealed record StreamEvent
{
    /// <summary>Creates an event.</summary>
    /// <param name="data">The data; may have several lines.</param>
    /// <param name="id">The id that a client returns as <c>Last-Event-ID</c>, or null.</param>
    /// <param name="name">The name of the event; null means <c>message</c>.</param>
    /// <exception cref="ArgumentException">The id or the name is empty, has more than 512 characters, or has control characters.</exception>
    public StreamEvent(string data, string? id = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        Data = data;
        Id = Ensure.OptionalToken(id, nameof(id));
        Name = Ensure.OptionalToken(name, nameof(name));
    }

    /// <summary>Data.</summary>
    public string Data { get; }

    /// <summary>Id, or null.</summary>
    public string? Id { get; }

    /// <summary>Name, or null.</summary>
    public string? Name { get; }
}
