using System.Collections.Frozen;

namespace PluginGateway.Plugins.WebChat;

/// <summary>The page's files, embedded.</summary>
internal static class PageFiles
{
    private static readonly FrozenDictionary<string, HttpReply> Files = new Dictionary<string, HttpReply>
    {
        [""] = Load("index.html", "text/html; charset=utf-8"),
        ["/"] = Load("index.html", "text/html; charset=utf-8"),
        ["/chat.js"] = Load("chat.js", "text/javascript; charset=utf-8"),
        ["/chat.css"] = Load("chat.css", "text/css; charset=utf-8"),
        ["/icon.svg"] = Load("icon.svg", "image/svg+xml"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The file, or null.</summary>
    public static HttpReply? Find(string path) => Files.GetValueOrDefault(path);

    private static HttpReply Load(string name, string contentType)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The assembly has no resource '{name}'.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var reply = HttpReply.Bytes(200, bytes, contentType);
        return reply with { Headers = new Dictionary<string, string>(reply.Headers) { ["Cache-Control"] = "no-cache" } };
    }
}
