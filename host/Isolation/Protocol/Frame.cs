namespace PluginGateway.Isolation.Protocol;

/// <summary>Kind of a frame. On the wire: four bytes of length (of the rest of the frame), one byte of kind, one of operation, four of id, then the
/// body; everything little-endian.</summary>
internal enum FrameKind : byte
{
    /// <summary>Asks for something; answered by exactly one <see cref="Answer"/> or <see cref="Failure"/> with its id.</summary>
    Request = 1,

    /// <summary>The result of a request.</summary>
    Answer = 2,

    /// <summary>Failure of a request: it has no result.</summary>
    Failure = 3,

    /// <summary>The caller cancels the request.</summary>
    Cancel = 4,

    /// <summary>Message without an answer.</summary>
    Notice = 5,
}

/// <summary>Operation of a frame.</summary>
internal enum RemoteOperation : byte
{
    None = 0,

    // Gateway to worker: requests.
    Create = 1,
    ValidateSettings = 2,
    Connect = 3,
    Run = 4,
    Send = 5,
    Edit = 6,
    Delete = 7,
    React = 8,
    Typing = 9,
    Fetch = 10,
    Probe = 11,
    Http = 12,
    Disconnect = 13,
    Dispose = 14,

    /// <summary>Proves that the worker's own threads run.</summary>
    Ping = 15,

    AnswerInteraction = 16,
    Turn = 17,
    PublishCommands = 18,
    Start = 19,

    // Worker to gateway: requests.
    Accept = 32,
    GetState = 33,
    SetState = 34,
    TopicPosition = 35,
    TurnReply = 36,
    TurnEdit = 37,
    TurnDelete = 38,
    TurnReact = 39,
    TurnFetch = 40,
    AcceptBatch = 41,
    OutboxSend = 42,
    TurnFinish = 43,
    TurnNote = 44,
    TurnGetState = 45,

    // Worker to gateway: notices.
    Log = 48,
    ReportFatal = 49,
    ReportHealth = 50,
    Publish = 51,
    Wedged = 52,
    Unhandled = 53,
}

/// <summary>The sizes of the protocol.</summary>
internal static class Frame
{
    /// <summary>Version of the protocol. Both sides are normally the same executable; the check finds a worker that was started from another
    /// one.</summary>
    public const int Version = 2;

    /// <summary>Kind, operation and id: the least length of a frame.</summary>
    public const int HeadLength = 6;

    /// <summary>The four bytes of the length.</summary>
    public const int LengthBytes = 4;

    /// <summary>The greatest length of a frame: a longer one is refused before it is sent, and ends the connection when it comes.</summary>
    public const int MaxLength = 16 * 1024 * 1024;
}

/// <summary>The head of a frame.</summary>
internal readonly record struct FrameHead(FrameKind Kind, RemoteOperation Operation, int Id);

/// <summary>The other side has violated the protocol: none of its frames can be trusted any more.</summary>
internal sealed class ProtocolException(string message) : Exception(message);

/// <summary>A message does not fit into a frame.</summary>
internal sealed class FrameTooLongException(long length)
    : Exception($"{length} bytes do not fit into a message between the gateway and its worker; at most {Frame.MaxLength} do.");
