namespace PluginGateway.Tests;

/// <summary>A folder for one test. <paramref name="longName"/>: with a path longer than a socket address can hold.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("gw-").FullName;

    public TemporaryDirectory(bool longName = false) =>
        Path = longName ? Directory.CreateDirectory(System.IO.Path.Combine(_root, new string('x', 120))).FullName : _root;

    public string Path { get; }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
