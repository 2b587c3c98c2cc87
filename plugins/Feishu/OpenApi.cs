using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.Feishu;

/// <summary>The platform's HTTP interface: calls with the app's access token, renews it once when it is refused, and makes a value of whatever
/// happens.</summary>
internal sealed class OpenApi : IDisposable
{
    /// <summary>The longest answer that is read; downloads have their own limit.</summary>
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly TenantToken _token;
    private readonly FeishuSettings _settings;
    private readonly Envelope _envelope = new();

    public OpenApi(FeishuSettings settings, TimeProvider clock)
    {
        _settings = settings;
        Redaction = new Redaction(settings.Secrets);
        // No redirects: the token goes to the configured server and nowhere else.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TcpConnection.WithTls,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = TcpConnection.OpenAsync
        })
        {
            BaseAddress = settings.Server,
            Timeout = TimeSpan.FromSeconds(settings.RequestTimeoutSeconds),
            MaxResponseContentBufferSize = MostBytes,
        };
        _token = new TenantToken(this, settings, clock);
    }

    public Redaction Redaction { get; }

    /// <summary>Fetches the first token: proves the credentials.</summary>
    public async Task<ApiAnswer> LogInAsync(CancellationToken cancellationToken) => (await _token.GetAsync(cancellationToken)).Answer;

    public Task<ApiAnswer> GetAsync(string path, CancellationToken cancellationToken) => CallAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<ApiAnswer> SendAsync(HttpMethod method, string path, byte[] json, CancellationToken cancellationToken) =>
        CallAsync(method, path, () => JsonContent(json), cancellationToken);

    /// <summary>Makes a call with the app's token.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below the server.</param>
    /// <param name="content">Makes the body: anew for a second attempt.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<ApiAnswer> CallAsync(HttpMethod method, string path, Func<HttpContent>? content, CancellationToken cancellationToken) =>
        WithTokenAsync(token => RawAsync(method, path, content?.Invoke(), token, cancellationToken), cancellationToken);

    /// <summary>Downloads into a file, never more than a limit.</summary>
    /// <returns>What was written, or why it was not.</returns>
    public async Task<(FetchedAttachment? Fetched, ApiAnswer Answer)> DownloadAsync(
        string path, Attachment attachment, string file, long maxBytes, CancellationToken cancellationToken)
    {
        FetchedAttachment? fetched = null;
        var answer = await WithTokenAsync(
            async token =>
            {
                var (written, end) = await DownloadOnceAsync(path, attachment, file, maxBytes, token, cancellationToken);
                fetched = written;
                return end;
            },
            cancellationToken);
        return (fetched, answer);
    }

    /// <summary>A call without a token: for the token itself, and for the address of the long connection.</summary>
    public Task<ApiAnswer> PostOpenlyAsync(string path, byte[] json, CancellationToken cancellationToken) =>
        RawAsync(HttpMethod.Post, path, JsonContent(json), null, cancellationToken);

    public void Dispose() => _http.Dispose();

    private static ByteArrayContent JsonContent(byte[] json) =>
        new(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } };

    /// <summary>A token that the platform refuses is dropped and fetched anew, once.</summary>
    private async Task<ApiAnswer> WithTokenAsync(Func<string, Task<ApiAnswer>> call, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var (token, answer) = await _token.GetAsync(cancellationToken);
            if (token is null) return answer;
            answer = await call(token);
            if (!isFirst || !CodeTable.IsTokenRefused(answer.Code)) return answer;
            _token.Drop(token);
        }
    }

    private async Task<ApiAnswer> RawAsync(HttpMethod method, string path, HttpContent? content, string? token, CancellationToken cancellationToken)
    {
        try
        {
            using var request = Request(method, path, content, token);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
            return Read(response, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception failed) when (IsNetwork(failed))
        {
            return OfFailure(failed);
        }
    }

    private async Task<(FetchedAttachment? Fetched, ApiAnswer Answer)> DownloadOnceAsync(
        string path, Attachment attachment, string file, long maxBytes, string token, CancellationToken cancellationToken)
    {
        try
        {
            using var request = Request(HttpMethod.Get, path, null, token);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var type = response.Content.Headers.ContentType?.MediaType;
            var check = new DownloadCheck(attachment, type, response.Content.Headers.ContentDisposition is not null);
            // A part of a file, or none, is no file either.
            if (response.StatusCode != HttpStatusCode.OK || check.IsOther(response.Content.Headers.ContentLength))
            {
                await response.Content.LoadIntoBufferAsync(MostBytes, cancellationToken);
                return (null, Read(response, await response.Content.ReadAsByteArrayAsync(cancellationToken)));
            }

            if (response.Content.Headers.ContentLength > maxBytes) return (null, TooLarge(maxBytes));
            await using var from = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[81_920];
            long size = 0;
            await using (var to = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 0, useAsync: true))
            {
                for (int read; (read = await from.ReadAsync(buffer, cancellationToken)) > 0; size += read)
                {
                    if (size + read > maxBytes) return (null, TooLarge(maxBytes));
                    await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }

            if (check.IsOther(size, file)) return (null,
                new ApiAnswer(ApiEnd.Answered, (int)response.StatusCode, ApiAnswer.NoCode, "a page, or a file of another length, came in its place"));
            if (type is null or "application/octet-stream") type = FileInspection.At(file)?.ContentType ?? type;
            return (new FetchedAttachment(size, type), new ApiAnswer(ApiEnd.Answered, (int)response.StatusCode, 0, ""));
        }
        catch (Exception failed) when (IsNetwork(failed))
        {
            return (null, OfFailure(failed));
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content, string? token)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else request.Headers.Add("locale", "zh");
        return request;
    }

    private ApiAnswer Read(HttpResponseMessage response, byte[] bytes)
    {
        var answer = _envelope.Open((int)response.StatusCode, Json.Parse(bytes), Header(response, "x-tt-logid"));
        var text = answer.Code == ApiAnswer.NoCode ? answer.Remark ?? response.ReasonPhrase : answer.Text;
        return answer with { Text = Redaction.Clean(text), LogId = answer.LogId is { } id ? Redaction.Clean(id) : null, Wait = WaitOf(response) };
    }

    private static TimeSpan? WaitOf(HttpResponseMessage response)
    {
        if (double.TryParse(Header(response, "x-ogw-ratelimit-reset"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and < 86_400)
            return TimeSpan.FromSeconds(seconds);
        return response.Headers.RetryAfter?.Delta is { } wait && wait > TimeSpan.Zero && wait < TimeSpan.FromDays(1) ? wait : null;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static ApiAnswer TooLarge(long maxBytes) =>
        new(ApiEnd.Answered, (int)HttpStatusCode.OK, ApiAnswer.NoCode, $"the file has more than the {maxBytes} bytes that are allowed");

    private static bool IsNetwork(Exception failed) =>
        failed is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException;

    private ApiAnswer OfFailure(Exception failed) => failed switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError } =>
            new ApiAnswer(ApiEnd.NotLeft, 0, ApiAnswer.NoCode, $"{_settings.Server.Host} cannot be reached: {Redaction.Clean(failed.Message)}")
            {
                IsUnreached = true
            },
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError } =>
            new ApiAnswer(ApiEnd.NotLeft, 0, ApiAnswer.NoCode,
                $"the connection to {_settings.Server.Host} came no further than TLS or the proxy: {Redaction.Clean(failed.Message)}"),
        OperationCanceledException => new ApiAnswer(ApiEnd.Unknown, 0, ApiAnswer.NoCode,
            $"{_settings.Server.Host} did not answer in time (settings.requestTimeoutSeconds is {_settings.RequestTimeoutSeconds})."),
        _ => new ApiAnswer(
            ApiEnd.Unknown, 0, ApiAnswer.NoCode, $"the connection to {_settings.Server.Host} failed: {Redaction.Clean(failed.Message)}"),
    };
}
