using System.Text;
using PluginGateway.Configuration.Options;
using PluginGateway.Posix;

namespace PluginGateway.Configuration.Files;

/// <summary>The text of the configuration and its source.</summary>
/// <param name="Name">The source as the operator named it.</param>
/// <param name="Text">Null when it could not be read.</param>
/// <param name="BaseDirectory">The folder from which relative paths start.</param>
internal sealed record ConfigurationSource(string Name, string? Text, string BaseDirectory)
{
    /// <summary>Full path of the file; null for the built-in default.</summary>
    public string? File { get; init; }

    public const string DefaultFile = "plugins.json";

    private const int LargestFile = 16 * 1024 * 1024;

    /// <summary>Returns the named file, else the default file, else the built-in default. The second value is the reason for a missing
    /// text.</summary>
    public static (ConfigurationSource Source, string? Fault) Find(ConfigurationRequest request)
    {
        var name = request.ConfigPath ?? DefaultFile;
        if (name.Length == 0) return (new("--config", null, request.WorkingDirectory), "names no file.");

        var path = Path.GetFullPath(name, request.WorkingDirectory);
        if (request.ConfigPath is null && !IsThere(path))
            return (new(GatewayConfiguration.BuiltInSource, GatewayConfiguration.BuiltIn, request.WorkingDirectory), null);

        var (text, fault) = Read(path);
        return (new(name, text, Path.GetDirectoryName(path) ?? request.WorkingDirectory) { File = path }, fault);
    }

    private static (string? Text, string? Fault) Read(string path)
    {
        try
        {
            using var file = RegularFile.OpenRead(path);
            if (file.Length > LargestFile) return (null, $"'{path}' is larger than {LargestFile / 1024 / 1024} MiB.");
            using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            return (reader.ReadToEnd(), null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"'{path}' was not found.");
        }
        catch (DecoderFallbackException)
        {
            return (null, $"'{path}' is not UTF-8 text.");
        }
        catch (IOException e)
        {
            return (null, e.Message);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or NotSupportedException)
        {
            return (null, $"'{path}' cannot be read ({e.GetType().Name}).");
        }
    }

    /// <summary>Returns true when the path exists, also as a link that leads nowhere: that is a configuration that is missing, not one that was never
    /// written.</summary>
    private static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
