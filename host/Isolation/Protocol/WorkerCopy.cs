namespace PluginGateway.Isolation.Protocol;

/// <summary>Path of a file of a reply that the worker has copied into its own folder, as it crosses: a prefix and the name.</summary>
internal static class WorkerCopy
{
    /// <summary>The host takes full paths and ids of uploads only, so a relative path is free for this.</summary>
    private const string Prefix = "worker-copy/";

    public static string PathOf(string name) => Prefix + name;

    /// <summary>Returns the name of the copy in the worker's folder; null: the path is one that the handler has given.</summary>
    /// <exception cref="ProtocolException">The path leads to a file that is none of the worker's copies.</exception>
    public static string? NameIn(string path)
    {
        var isCopy = path.StartsWith(Prefix, StringComparison.Ordinal);
        if (!isCopy && !Path.IsPathFullyQualified(path)) return null;
        var name = isCopy ? path[Prefix.Length..] : "";
        return name.Length > 0 && name.All(char.IsAsciiHexDigitLower) ? name : throw new ProtocolException("A file is none of the worker's copies.");
    }
}
