using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using PluginGateway.Plugins.Shared;
using Telegram.Bot;
using Telegram.Bot.Requests.Abstractions;

namespace PluginGateway.Plugins.Telegram;

/// <summary>The way to the Bot API. The requests are those of Telegram.Bot; sending them and reading the answer is ours, because its client keeps the
/// time of a rate limit, makes one broken update spoil a whole poll, and throws exceptions in which an address with the token may stand.</summary>
internal sealed class BotApi : IDisposable
{
    /// <summary>A poll's answer is at most about 4 MiB.</summary>
    private const int LargestAnswer = 16 * 1024 * 1024;

    /// <summary>A message can quote a message that quotes one.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    private static readonly TimeSpan LongestHeaderWait = TimeSpan.FromDays(1);

    private readonly TelegramBotClientOptions _addresses;
    private readonly HttpClient _http;
    private readonly TokenRedactor _redactor;
    private readonly TimeProvider _clock;

    public BotApi(TelegramSettings settings, TimeProvider clock)
    {
        _addresses = new TelegramBotClientOptions(settings.Token, settings.ApiUrl);
        _redactor = new TokenRedactor(settings.Token);
        _clock = clock;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TcpConnection.WithTls,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            ActivityHeadersPropagator = null,
            ConnectCallback = OpenAsync,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends one request. Throws nothing but <see cref="OperationCanceledException"/>, and that only when the caller's token says
    /// so.</summary>
    /// <param name="request">The request.</param>
    /// <param name="patience">The longest silence of the server; null: until the cancellation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ApiAnswer> CallAsync(IRequest request, TimeSpan? patience, CancellationToken cancellationToken)
    {
        using var limit = patience is { } time ? new CancellationTokenSource(time, _clock) : new CancellationTokenSource();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var message =
                new HttpRequestMessage(request.HttpMethod, $"{_addresses.BaseRequestUrl}/{request.MethodName}") { Content = request.ToHttpContent() };
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, both.Token);
            return Judge(response, await ReadAsync(response, both.Token));
        }
        catch (Exception failed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ApiAnswer.Bad(limit.IsCancellationRequested
                ? new ApiFailure(FailureKind.Silent, 0, $"no answer within {patience!.Value.TotalSeconds:0.#} s")
                : Explain(failed));
        }
    }

    /// <summary>Writes a file of the server to a stream, but not more than so many bytes.</summary>
    /// <returns>The written bytes; negative: the file is larger than the limit.</returns>
    public async Task<(long Written, ApiFailure? Failure)> DownloadAsync(
        string filePath, Stream target, long maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(
                $"{_addresses.BaseFileUrl}/{filePath}", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK) return (0, Judge(response, await ReadAsync(response, cancellationToken)).Failure);
            if (response.Content.Headers.ContentLength > maxBytes) return (-1, null);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[64 * 1024];
            long written = 0;
            while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                if ((written += read) > maxBytes) return (-1, null);
                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            return (written, null);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or UriFormatException)
        {
            return (0, Explain(failed));
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new ArrayBufferWriter<byte>(16 * 1024);
        while (await body.ReadAsync(bytes.GetMemory(16 * 1024), cancellationToken) is > 0 and var read)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > LargestAnswer) return null;
        }

        return bytes.WrittenMemory;
    }

    /// <summary>The wait of a 429 stands in the body; where the body does not tell, in the header.</summary>
    private ApiAnswer Judge(HttpResponseMessage response, ReadOnlyMemory<byte>? body)
    {
        var answer = Judge((int)response.StatusCode, body);
        if (answer.Failure is not { RetryAfter: null } failure || WaitOf(response) is not { } wait) return answer;
        return ApiAnswer.Bad(failure with { RetryAfter = wait });
    }

    private TimeSpan? WaitOf(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        return (header?.Delta ?? header?.Date - _clock.GetUtcNow()) is { Ticks: > 0 } wait && wait < LongestHeaderWait ? wait : null;
    }

    private ApiAnswer Judge(int code, ReadOnlyMemory<byte>? body)
    {
        if (body is null) return ApiAnswer.Bad(new ApiFailure(FailureKind.Unanswered, code, $"HTTP {code} with more than {LargestAnswer} bytes"));
        var text = body.Value.Span.StartsWith(Encoding.UTF8.Preamble) ? body.Value.Span[Encoding.UTF8.Preamble.Length..] : body.Value.Span;
        JsonElement json;
        try
        {
            json = JsonElement.Parse(Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text)), Deep);
        }
        catch (JsonException)
        {
            // The Bot API answers with an object, of which the end may be missing; a page or a sentence comes from an intermediary.
            return Broken(code, isForeign: text.TrimStart(" \t\r\n"u8) is [not (byte)'{', ..]);
        }

        if (json.Flag("ok")) return json.TryGetProperty("result", out var result) ? ApiAnswer.Good(result) : Broken(code);
        // The Bot API always says whether it is ok: JSON without that comes from an intermediary, for example a proxy that requires a login of its
        // own.
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("ok", out _)) return Broken(code, isForeign: true);
        if (json.Text("description") is not { } description) return Broken(code);
        var parameters = json.Object("parameters");
        return ApiAnswer.Bad(new ApiFailure(
            FailureKind.Refused, (int)(json.Number("error_code") is > 0 and < 1000 and var said ? said : code), _redactor.Cover(description))
        {
            RetryAfter = parameters?.Number("retry_after") is > 0 and < int.MaxValue and var seconds ? TimeSpan.FromSeconds((long)seconds) : null,
            MigrateTo = parameters?.Number("migrate_to_chat_id"),
        });
    }

    /// <summary>A proxy's page, an empty body, JSON of something else. A redirect, a refusal below 500 and a page in place of an answer say that the
    /// request came no further.</summary>
    private static ApiAnswer Broken(int code, bool isForeign = false) => ApiAnswer.Bad(new ApiFailure(
        code is >= 300 and < 500 || (code < 300 && isForeign) ? FailureKind.Foreign : FailureKind.Unanswered, code,
        $"HTTP {code} without a Bot API answer"));

    private ApiFailure Explain(Exception failed)
    {
        var kind = (failed as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError => FailureKind.NotConnected,
            HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError => FailureKind.NotSecured,
            _ => FailureKind.Unanswered,
        };
        return new ApiFailure(kind, 0, _redactor.Cover(failed.InnerException is { } inner ? $"{failed.Message} {inner.Message}" : failed.Message));
    }

    /// <summary>With keep-alive: a connection whose other end is gone without a word is not waited for until the end of the poll.</summary>
    private static async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = await TcpConnection.ConnectInTimeAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
        try
        {
            // What is given up is given up: a poll that waits in the kernel for the network to come back would arrive after our next one, and end it
            // with a conflict.
            socket.LingerState = new LingerOption(true, 0);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            return new PromptStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
