using System.Net.Http.Headers;
using System.Text;

namespace PluginGateway.PeerTests.Servers.Telegram;

/// <summary>Brings updates to a bot, one after another, and again until they are taken. Telegram doubles its pause up to two minutes; a test has no
/// time for that.</summary>
internal sealed class Webhook : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly CancellationTokenSource _end = new();

    public Webhook(string url, string? secret, UpdateQueue updates)
    {
        (Url, Secret) = (url, secret);
        Work = Task.Run(() => BringAsync(updates));
    }

    public string Url { get; }

    public string? Secret { get; }

    public string? LastError { get; private set; }

    /// <summary>How often an update was brought, taken or not.</summary>
    public int Attempts { get; private set; }

    private Task Work { get; }

    public void Dispose()
    {
        _end.Cancel();
        _http.Dispose();
    }

    private async Task BringAsync(UpdateQueue updates)
    {
        var pause = FirstPause;
        while (!_end.IsCancellationRequested)
        {
            if (updates.Peek() is not { } update)
            {
                await Task.Delay(20);
                continue;
            }

            if (await IsTakenAsync(update.Json))
            {
                updates.Remove(update.Id);
                pause = FirstPause;
                continue;
            }

            await Task.Delay(pause);
            pause = pause + pause < LongestPause ? pause + pause : LongestPause;
        }
    }

    private async Task<bool> IsTakenAsync(string update)
    {
        try
        {
            Attempts++;
            using var request = new HttpRequestMessage(HttpMethod.Post, Url)
            {
                Content = new StringContent(update, Encoding.UTF8, new MediaTypeHeaderValue("application/json"))
            };
            if (Secret is not null) request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", Secret);
            using var response = await _http.SendAsync(request, _end.Token);
            if (!response.IsSuccessStatusCode) LastError = $"Wrong response from the webhook: {(int)response.StatusCode} {response.ReasonPhrase}";
            return response.IsSuccessStatusCode;
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            LastError = "Connection refused";
            return false;
        }
    }
}
