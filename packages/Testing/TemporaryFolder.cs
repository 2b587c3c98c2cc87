namespace PluginGateway.Testing;

/// <summary>Folder of a context: the given one, or a temporary one that is created at its first use.</summary>
internal sealed class TemporaryFolder(string? given) : IDisposable
{
    private readonly Lazy<string> _path = new(() => given ?? Directory.CreateTempSubdirectory("plugin-test-").FullName);

    public string Path => _path.Value;

    public void Dispose()
    {
        if (given is null && _path.IsValueCreated) Directory.Delete(Path, recursive: true);
    }
}
