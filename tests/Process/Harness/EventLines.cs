namespace PluginGateway.ProcessTests.Harness;

/// <summary>The lines of a server-sent stream, read on a thread of its own.</summary>
internal sealed class EventLines : IDisposable
{
    private readonly HttpClient _http =
        new(new SocketsHttpHandler { MaxResponseDrainSize = 0, ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ManualResetEventSlim _open = new();
    private readonly List<string> _lines = [];
    private readonly Thread _reader;
    private volatile HttpResponseMessage? _response;

    public EventLines(Uri gateway, string path)
    {
        _reader = new Thread(() => Read(new Uri(gateway, path))) { IsBackground = true, Name = $"stream of {path}" };
        _reader.Start();
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public void WaitUntilOpen() => Assert.True(_open.Wait(Bound.Start), "The stream does not open.");

    public void WaitFor(string line) => Bound.Until(() => Lines.Contains(line), Bound.Replies, () => string.Join('\n', Lines));

    public void Dispose()
    {
        _response?.Dispose();
        _http.Dispose();
        _reader.Join(TimeSpan.FromSeconds(5));
        _open.Dispose();
    }

    private void Read(Uri address)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            _response = _http.Send(request, HttpCompletionOption.ResponseHeadersRead);
            using var lines = new StreamReader(_response.EnsureSuccessStatusCode().Content.ReadAsStream());
            while (lines.ReadLine() is { } line)
            {
                lock (_lines) _lines.Add(line);
                if (!_open.IsSet) _open.Set();
            }
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            lock (_lines) _lines.Add($"({e.GetType().Name})");
        }
    }
}
