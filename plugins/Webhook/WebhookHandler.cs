using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PluginGateway;
using PluginGateway.Plugins.Shared;
using PluginGateway.Plugins.Webhook;

[assembly: MessageHandler("webhook", typeof(WebhookHandler), Events = EventKinds.All)]

namespace PluginGateway.Plugins.Webhook;

/// <summary>Posts each turn, signed, to an HTTP backend, and owes the replies of its answer. While the backend is away the turn is put off, not
/// failed.</summary>
public sealed class WebhookHandler : IMessageHandler, IEventHandler, IValidateSettings
{
    private const HttpStatusCode TooEarly = (HttpStatusCode)425;
    private const HttpStatusCode ClientClosed = (HttpStatusCode)499;

    private readonly WebhookSettings _settings;
    private readonly SettingsReport _report;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    /// <summary>Creates one generation.</summary>
    /// <param name="context">The services of the host.</param>
    public WebhookHandler(HandlerContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _settings = context.Settings.Read(WebhookSettings.Read, out _report);
        _clock = context.Clock;
        _http = new HttpClient(new SocketsHttpHandler
        {
            // Requests go only to the address that the operator configured; after a redirect the signature of a POST would mean nothing.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TcpConnection.WithTls,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null,
            ConnectCallback = TcpConnection.OpenAsync,
        })
        {
            Timeout = _settings.Timeout,
            MaxResponseContentBufferSize = WebhookAnswer.MaxBytes,
        };
    }

    /// <inheritdoc/>
    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) => Task.FromResult(_report);

    /// <inheritdoc/>
    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return PostAsync(turn, turn.Messages[^1], cancellationToken);
    }

    /// <inheritdoc/>
    public Task HandleEventAsync(EventTurn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        // A press is of a button that the backend has sent.
        var isPosted = turn.Event is ButtonPressed || _settings.Events.Contains(WebhookSettings.NameOf(turn.Event));
        return isPosted ? PostAsync(turn, turn.Event, cancellationToken) : Task.CompletedTask;
    }

    private async Task PostAsync(Turn turn, InboundEvent received, CancellationToken cancellationToken)
    {
        using var request = RequestOf(turn, WebhookBody.Write(turn, received, await StateOf(turn, cancellationToken)));
        using var response = await PostAsync(request, cancellationToken);
        switch (response.StatusCode)
        {
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                // A backend that will reply later says so in any words, such as 202 "Accepted".
                if (response.StatusCode > HttpStatusCode.Created && !WebhookAnswer.IsObject(body)) return;
                await DoAsync(turn, WebhookAnswer.Read(body), cancellationToken);
                return;
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw new RetryLaterException($"The backend answered {(int)response.StatusCode}.", WaitOf(response.Headers.RetryAfter));
            // What no backend says of a turn: a proxy's login, another server, an early connection, a client that went; a page, a text or nothing at
            // all.
            case HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.MisdirectedRequest or TooEarly or ClientClosed
                or (>= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest):
            case var _ when !WebhookAnswer.IsJson(await response.Content.ReadAsByteArrayAsync(cancellationToken)):
                throw new RetryLaterException(
                    $"Something before the backend answered {(int)response.StatusCode}; check 'url' and the proxy before the backend.");
            default:
                throw new InvalidOperationException($"The backend refused the turn with {(int)response.StatusCode}.");
        }
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        _http.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Does what the backend has answered. The last reply, the state and the end of the turn are stored together.</summary>
    private static async Task DoAsync(Turn turn, WebhookAnswer answer, CancellationToken cancellationToken)
    {
        // First, because it is refused where it is too large, and nothing may be owed then.
        foreach (var (key, value) in answer.State)
        {
            if (value is null) turn.State.Remove(key);
            else turn.State.Set(key, value);
        }

        foreach (var step in answer.Steps.SkipLast(1)) await step.DoAsync(turn, cancellationToken);
        if (answer.Steps is [.., var last]) await last.FinishAsync(turn, cancellationToken);
    }

    private static async Task<Dictionary<string, string>> StateOf(Turn turn, CancellationToken cancellationToken)
    {
        var state = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in turn.State.Keys)
        {
            if (await turn.State.GetAsync(key, cancellationToken) is { } value) state.Add(key, value);
        }

        return state;
    }

    private HttpRequestMessage RequestOf(Turn turn, byte[] body)
    {
        var timestamp = _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, _settings.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.Add("Gateway-Turn", turn.Id);
        request.Headers.Add("Gateway-Attempt", turn.Attempt.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Gateway-Timestamp", timestamp);
        request.Headers.Add("Gateway-Signature", Signature.Of(_settings.Secrets, timestamp, body));
        request.Headers.Add("webhook-id", turn.Id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", Signature.OfStandard(_settings.Secrets, turn.Id, timestamp, body));
        return request;
    }

    private async Task<HttpResponseMessage> PostAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException failed) when (failed.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new InvalidOperationException(
                $"The answer of the backend at {_settings.Url.Authority} has more than {WebhookAnswer.MaxBytes} bytes, "
                + "or headers of more than 64 KiB; the turn counts as failed.");
        }
        catch (HttpRequestException failed)
        {
            throw new RetryLaterException($"The backend at {_settings.Url.Authority} cannot be reached: {failed.HttpRequestError}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RetryLaterException($"The backend at {_settings.Url.Authority} did not answer within {_settings.Timeout.TotalSeconds:0.#} s.");
        }
    }

    private TimeSpan? WaitOf(RetryConditionHeaderValue? retryAfter) =>
        retryAfter?.Delta ?? (retryAfter?.Date is { } date ? date - _clock.GetUtcNow() : null);
}
