namespace PluginGateway.Tests.Web;

/// <summary>Reads an event stream block by block, as text.</summary>
internal sealed class SseReader(HttpResponseMessage response, StreamReader lines) : IDisposable
{
    public HttpResponseMessage Response { get; } = response;

    public static async Task<SseReader> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new SseReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next block without its blank line, or null at the end of the stream.</summary>
    public async Task<string?> NextAsync()
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var block = new List<string>();
        while (await lines.ReadLineAsync(bound.Token) is { } line)
        {
            if (line.Length > 0) block.Add(line);
            else if (block.Count > 0) return string.Join('\n', block);
        }

        return null;
    }

    /// <summary>The next block that is an event.</summary>
    public async Task<string?> NextEventAsync()
    {
        while (true)
        {
            var block = await NextAsync();
            if (block is null || (!block.StartsWith("retry:", StringComparison.Ordinal) && !block.StartsWith(':'))) return block;
        }
    }

    public void Dispose()
    {
        lines.Dispose();
        Response.Dispose();
    }
}
