using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Posix;
using PluginGateway.Serialization;

namespace PluginGateway.Instance;

/// <summary><c>gateway.pid</c>: identifies the running gateway, for information; <see cref="InstanceLock"/> decides.</summary>
/// <param name="Pid">Process id of the gateway.</param>
/// <param name="ProcessStart">Tells it from another process that got the same number; see <see cref="ProcessIdentity"/>.</param>
/// <param name="StartedUtc">When the gateway started.</param>
/// <param name="Version">The gateway's version.</param>
/// <param name="Http">The address on which the gateway listens; null while it does not.</param>
internal sealed record PidFile(int Pid, string ProcessStart, DateTimeOffset StartedUtc, string Version, string? Http)
{
    /// <summary>Longest duration of its stop, for programs that ask for it by signal; null: unknown.</summary>
    public double? StopSeconds { get; init; }

    /// <summary>The configuration file it was started with; null: the built-in default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Configuration { get; init; }

    /// <summary>The process that wrote it.</summary>
    [JsonIgnore]
    public ProcessIdentity Process => new(Pid, ProcessStart);

    /// <summary>Creates the content for a process.</summary>
    public static PidFile Of(ProcessIdentity process, DateTimeOffset startedUtc, string version, string? http) =>
        new(process.Pid, process.Start, startedUtc, version, http);

    /// <summary>Reads the file in this directory; null if there is none or it cannot be read.</summary>
    public static PidFile? Read(string dataDirectory)
    {
        try
        {
            return AtomicFile.TryRead(DataDirectory.PidFile(dataDirectory)) is { } bytes
                && JsonSerializer.Deserialize(bytes, InstanceMetadata.Default.PidFile) is { ProcessStart: not null } file ? file : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the file, over that of a dead predecessor.</summary>
    public void Write(string dataDirectory) =>
        AtomicFile.Write(DataDirectory.PidFile(dataDirectory), JsonText.IndentedBytes(this, InstanceJson.Default.PidFile));

    /// <summary>Removes it if it is this process's own.</summary>
    public static void RemoveIfOurs(string dataDirectory)
    {
        if (Read(dataDirectory)?.Process == ProcessIdentity.Current) File.Delete(DataDirectory.PidFile(dataDirectory));
    }
}
