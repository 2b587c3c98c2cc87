using System.Collections.Frozen;
using System.Text;

namespace PluginGateway.Plugins.WebChat;

/// <summary>The page's files, embedded.</summary>
internal static class PageFiles
{
    private static readonly FrozenDictionary<string, HttpReply> Files = new Dictionary<string, HttpReply>
    {
        [""] = Load("index.html", "text/html; charset=utf-8"),
        ["/"] = Load("index.html", "text/html; charset=utf-8", static page => page.Replace("\"chat/", "\"", StringComparison.Ordinal)),
        ["/chat.js"] = Load("chat.js", "text/javascript; charset=utf-8"),
        ["/messages.js"] = Load("messages.js", "text/javascript; charset=utf-8"),
        ["/store.js"] = Load("store.js", "text/javascript; charset=utf-8"),
        ["/stream.js"] = Load("stream.js", "text/javascript; charset=utf-8"),
        ["/upload.js"] = Load("upload.js", "text/javascript; charset=utf-8"),
        ["/view.js"] = Load("view.js", "text/javascript; charset=utf-8"),
        ["/chat.css"] = Load("chat.css", "text/css; charset=utf-8"),
        ["/icon.svg"] = Load("icon.svg", "image/svg+xml"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Returns the file, or null.</summary>
    public static HttpReply? Find(string path) => Files.GetValueOrDefault(path);

    /// <remarks>The page's addresses are relative, so that a proxy can put the gateway beneath a path; from <c>/chat/</c> they start one level deeper
    /// than from <c>/chat</c>.</remarks>
    private static HttpReply Load(string name, string contentType, Func<string, string>? change = null)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly has no resource '{name}'.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        if (change is not null) bytes = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(bytes)));
        return HttpReply.Bytes(200, bytes, contentType) with { Headers = new Dictionary<string, string> { ["Cache-Control"] = "no-cache" } };
    }
}
