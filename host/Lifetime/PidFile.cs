using System.Text.Json;

namespace PluginGateway.Lifetime;

/// <summary><c>gateway.pid</c>: says who runs here. It only informs; <see cref="InstanceLock"/> decides.</summary>
/// <param name="Process">Whose file it is.</param>
/// <param name="StartedUtc">When the gateway started.</param>
/// <param name="Version">The gateway's version.</param>
/// <param name="Http">The address it listens on; null while it does not.</param>
internal sealed record PidFile(ProcessIdentity Process, DateTimeOffset StartedUtc, string Version, string? Http)
{
    /// <summary>The file in this directory; null if there is none or it says nothing.</summary>
    public static PidFile? Read(string dataDirectory)
    {
        try
        {
            return AtomicFile.TryRead(DataDirectory.PidFile(dataDirectory)) is { } bytes ? JsonSerializer.Deserialize(bytes, LifetimeJson.Indented.PidFile) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it, over whatever a dead predecessor left.</summary>
    public void Write(string dataDirectory) =>
        AtomicFile.Write(DataDirectory.PidFile(dataDirectory), JsonSerializer.SerializeToUtf8Bytes(this, LifetimeJson.Indented.PidFile));

    /// <summary>Removes it if it is this process's own.</summary>
    public static void RemoveIfOurs(string dataDirectory)
    {
        if (Read(dataDirectory)?.Process == ProcessIdentity.Current) File.Delete(DataDirectory.PidFile(dataDirectory));
    }
}
