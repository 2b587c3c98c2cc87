using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Outcome of a request to the Bot API: a result or a failure.</summary>
internal readonly record struct ApiAnswer(JsonElement Result, ApiFailure? Failure)
{
    public static ApiAnswer Good(JsonElement result) => new(result, null);

    public static ApiAnswer Bad(ApiFailure failure) => new(default, failure);
}

/// <summary>Meaning of a failure for the request.</summary>
internal enum FailureKind
{
    /// <summary>No server was reached (refused, no route, an unknown name, no answer to the connect): nothing left.</summary>
    NotConnected,

    /// <summary>A server was reached, and the connection came no further than TLS or a proxy's tunnel: nothing left.</summary>
    NotSecured,

    /// <summary>The Bot API answered, and refused it.</summary>
    Refused,

    /// <summary>Answer of an intermediary (a redirect, a 4xx or a page that is not the Bot API's): the request did not arrive, and a later one
    /// may.</summary>
    Foreign,

    /// <summary>Uncertain: no answer, a broken answer, or a server that failed while it worked.</summary>
    Unanswered,

    /// <summary>Timeout, otherwise as <see cref="Unanswered"/>: the server sent nothing within the deadline.</summary>
    Silent,
}

/// <summary>Failure of a request.</summary>
/// <param name="Kind">The meaning for the request.</param>
/// <param name="Code">The HTTP status, which is the Bot API's error code; 0 without an answer.</param>
/// <param name="Description">The text of the server or of the fault. Never the token.</param>
internal sealed record ApiFailure(FailureKind Kind, int Code, string Description)
{
    /// <summary>The wait that a 429 demands.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The supergroup that a group has become.</summary>
    public long? MigrateTo { get; init; }

    /// <summary>True: the token is not accepted (tdlib/telegram-bot-api, Client.cpp).</summary>
    public bool IsUnauthorized => Kind == FailureKind.Refused && Code == 401;

    /// <summary>True: to getMe or getUpdates this says that the token is malformed. Of other calls 404 says less: an unknown method, a file that is
    /// not served.</summary>
    public bool IsNotFound => Kind == FailureKind.Refused && Code == 404 && Description == "Not Found";

    public bool Says(string words) => Description.Contains(words, StringComparison.OrdinalIgnoreCase);
}
