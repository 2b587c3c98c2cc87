using System.Diagnostics;
using System.Text.Json;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>One reply as a reader of the event stream sees it.</summary>
internal sealed record ChatReply(string Id, string Text);

/// <summary>Reads a conversation's event stream on a thread of its own, comes back when it breaks, and keeps each reply id once.</summary>
internal sealed class ChatStream : IDisposable
{
    // An event stream has no end to drain to: closing it must not wait for one.
    private readonly HttpClient _http =
        new(new SocketsHttpHandler { MaxResponseDrainSize = 0, ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _end = new();
    private readonly ManualResetEventSlim _open = new();
    private readonly List<ChatReply> _replies = [];
    private readonly HashSet<string> _ids = [];
    private readonly Uri _address;
    private readonly Thread _reader;

    public ChatStream(Uri gateway, string conversation)
    {
        _address = new Uri(gateway, $"/chat/events?conversation={Uri.EscapeDataString(conversation)}");
        _reader = new Thread(Read) { IsBackground = true, Name = $"stream of {conversation}" };
        _reader.Start();
    }

    /// <summary>The replies in the order in which they came first.</summary>
    public IReadOnlyList<ChatReply> Replies
    {
        get
        {
            lock (_replies) return [.. _replies];
        }
    }

    public void WaitUntilOpen() => Assert.True(_open.Wait(Bound.Start), $"{_address} does not open");

    public void WaitFor(int count, TimeSpan bound) =>
        Bound.Until(() => Replies.Count >= count, bound, () => $"{Replies.Count} of {count} replies at {_address}");

    public void Dispose()
    {
        _end.Cancel();
        _http.Dispose();
        _reader.Join(TimeSpan.FromSeconds(5));
        _end.Dispose();
        _open.Dispose();
    }

    private void Read()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, _address);
                using var response = _http.Send(request, HttpCompletionOption.ResponseHeadersRead, _end.Token);
                response.EnsureSuccessStatusCode();
                using var stopReading = _end.Token.Register(response.Dispose);
                using var lines = new StreamReader(response.Content.ReadAsStream(_end.Token));
                _open.Set();
                while (lines.ReadLine() is { } line) Take(line);
            }
            catch (Exception e)
                when (e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                Debug.WriteLine(e.Message);
            }

            _end.Token.WaitHandle.WaitOne(50);
        }
    }

    private void Take(string line)
    {
        if (!line.StartsWith("data:", StringComparison.Ordinal)) return;
        var data = JsonDocument.Parse(line[5..]).RootElement;
        if (!data.TryGetProperty("id", out var id)) return; // the word that the gateway is stopping
        var reply = new ChatReply(id.GetString()!, data.GetProperty("text").GetString()!);
        lock (_replies)
        {
            if (_ids.Add(reply.Id)) _replies.Add(reply);
        }
    }
}
