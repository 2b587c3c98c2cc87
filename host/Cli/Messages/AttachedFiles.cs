using System.Text;
using System.Text.Json;
using PluginGateway.Configuration.Options;
using PluginGateway.Media;

namespace PluginGateway.Cli.Messages;

/// <summary>Files named on the command line: copied into the media folder of the gateway, which then only gets their ids.</summary>
internal static class AttachedFiles
{
    /// <summary>Returns the list for <c>attachments</c> of <c>/api/messages</c>. The gateway applies its own limits.</summary>
    /// <exception cref="IOException">A file cannot be read, or not be copied.</exception>
    public static string Take(IReadOnlyList<string> paths, string dataDirectory)
    {
        var folder = new MediaFolder(dataDirectory, new MediaLimits { MaxFileMegabytes = 4096, MaxTotalMegabytes = int.MaxValue });
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            foreach (var path in paths)
            {
                json.WriteStartObject();
                json.WriteString("id", folder.Keep(path, MediaShares.Programs).Name);
                json.WriteString("kind", KindOf(path));
                json.WriteString("name", Path.GetFileName(path));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static string KindOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" or ".jpg" or ".jpeg" or ".gif" or ".webp" => "image",
        ".mp3" or ".ogg" or ".m4a" or ".wav" or ".flac" => "audio",
        ".mp4" or ".webm" or ".mov" => "video",
        _ => "file",
    };
}
