using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Units;

namespace PluginGateway.Tests.Configuration;

/// <summary>A temporary working directory with a plugins.json and an environment of its own.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gateway-configuration-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public ConfigurationRequest Request => new() { WorkingDirectory = Path, Environment = Environment };

    public string Write(string name, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
        return path;
    }

    public ConfigurationResult Load(string json)
    {
        Write("plugins.json", json);
        return ConfigurationFile.Load(Request);
    }

    /// <summary>Loads a file that must be without errors.</summary>
    public GatewayConfiguration LoadGood(string json)
    {
        var result = Load(json);
        Assert.True(result.Configuration is not null, string.Join('\n', result.Problems));
        return result.Configuration;
    }

    /// <summary>The errors of a file, as the operator sees them.</summary>
    public string[] Errors(string json) => Lines(Load(json), ProblemSeverity.Error);

    public static string[] Lines(ConfigurationResult result, ProblemSeverity severity) =>
        [.. result.Problems.Where(p => p.Severity == severity).Select(p => p.ToString())];

    /// <summary>A file with one adapter, whose object ends with the given members.</summary>
    public static string Adapter(string members) =>
        $$"""{ "adapters": [ { "id": "web", "plugin": "WebChat"{{(members.Length == 0 ? "" : ", " + members)}} } ] }""";

    public static string Gateway(string members) => $$"""{ "gateway": { {{members}} } }""";

    /// <summary>Two configurations that run alike.</summary>
    public static void AssertSame(GatewayConfiguration one, GatewayConfiguration other)
    {
        var change = ConfigurationChange.Between(one.Gateway, other.Gateway);
        Assert.Empty(change.NeedRestart.Concat(change.Applied));
        Assert.All(WantedUnit.Of(one).Zip(WantedUnit.Of(other)), static pair =>
        {
            Assert.Equal((pair.First.Id, pair.First.Terms), (pair.Second.Id, pair.Second.Terms));
            Assert.True(pair.First.Spec.MakesTheSameAs(pair.Second.Spec), pair.First.Id);
        });
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
