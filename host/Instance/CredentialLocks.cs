using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Serialization;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Instance;

/// <summary>The holder of a credential, as its lock file names it. Never the credential.</summary>
internal sealed record CredentialHolder(int Pid, string DataDirectory, string AdapterId, DateTimeOffset SinceUtc);

/// <summary>Credential of an adapter that allows one session only.</summary>
/// <param name="Setting">The setting that has it.</param>
/// <param name="Value">The credential itself: in no log, no status and no name of a file.</param>
internal sealed record Credential(string Setting, string Value)
{
    public override string ToString() => $"the credential in setting '{Setting}'";
}

/// <summary>A credential that allows one session belongs to one adapter id of one gateway on this machine: an flock on a file that is named by a hash
/// of platform and credential. Held from before the first creation over all generations; the kernel frees it when the process ends. An adapter with
/// several credentials has all of their locks or none, so that two that want the same never wait for each other.</summary>
internal sealed class CredentialLocks(string dataDirectory, CredentialFolder folder, TimeProvider clock)
{
    public const string InUse = "credential-in-use";
    public const string CannotLock = "credential-lock-failed";

    /// <summary>A name is no secret, so guessing a short password by it must be slow.</summary>
    private const int HashRounds = 100_000;

    private const int LongestContent = 4096;

    private readonly object _gate = new();
    private readonly ConcurrentDictionary<string, HeldLocks> _held = new(StringComparer.Ordinal);

    /// <summary>Returns the values of the settings that the adapter declares, each once, without those that are not set.</summary>
    public static IReadOnlyList<Credential> CredentialsOf(AdapterDeclaration declared, JsonElement settings)
    {
        if (settings.ValueKind != JsonValueKind.Object) return [];
        return [.. declared.Traits.CredentialSettings.Select(name => new Credential(name, TextOf(name))).Where(static credential => credential.Value.Length > 0)
            .DistinctBy(static credential => credential.Value)];

        string TextOf(string name) =>
            !settings.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? ""
            : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    /// <summary>Takes the locks of all credentials unless this adapter id has them already. Null: the locks are held; else the failure, and none is.</summary>
    public Failure? Claim(string adapterId, string platform, IReadOnlyList<Credential> credentials)
    {
        // One order for everybody: the first lock that two adapters both want decides between them.
        var wanted = credentials.Select(credential => (Path: Path.Combine(folder.Path, NameOf(platform, credential.Value)), credential.Setting))
            .OrderBy(static credential => credential.Path, StringComparer.Ordinal).ToArray();
        if (_held.TryGetValue(adapterId, out var held) && held.Paths.SequenceEqual(wanted.Select(static credential => credential.Path))) return null;
        Reclaim(adapterId)?.Dispose();
        var setting = "";
        try
        {
            foreach (var credential in wanted)
            {
                setting = credential.Setting;
                folder.Prepare();
                var file = LockFile.Open(credential.Path, OwnerOnly.File);
                if (!TryHold(adapterId, credential.Path, file))
                {
                    using (file) return Refused(new Failure(InUse, $"its credential in setting '{setting}' is in use by {HolderOf(credential.Path, file)}, and allows one session only"));
                }

                Inform(file, adapterId);
            }

            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Refused(new Failure(CannotLock,
                $"its credential in setting '{setting}' allows one session only, and cannot be locked in '{folder.Path}': {problem.Message} Choose another folder with GATEWAY_LOCK_DIR"));
        }

        Failure Refused(Failure failure)
        {
            Reclaim(adapterId)?.Dispose();
            return failure;
        }
    }

    /// <summary>Takes out the locks that this adapter id holds, for the caller to dispose; null: none.</summary>
    public IDisposable? Reclaim(string adapterId) => _held.TryRemove(adapterId, out var held) ? held : null;

    /// <summary>Takes the lock and remembers it in one step: who is refused finds the adapter of this gateway that has it.</summary>
    private bool TryHold(string adapterId, string path, SafeFileHandle file)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!LockFile.TryLock(file, path)) return false;
            _held[adapterId] = _held.GetValueOrDefault(adapterId, HeldLocks.None).With(path, file);
            return true;
        }
    }

    private string HolderOf(string path, SafeFileHandle file) =>
        _held.FirstOrDefault(held => held.Value.Paths.Contains(path)).Key is { } own ? $"adapter '{own}' of this gateway" : Describe(Read(file));

    private static string NameOf(string platform, string credential)
    {
        var hash = Rfc2898DeriveBytes.Pbkdf2(
            credential, Encoding.UTF8.GetBytes($"plugin-gateway/{platform}"), HashRounds, HashAlgorithmName.SHA256, 16);
        return $"{platform}-{Convert.ToHexStringLower(hash)}.lock";
    }

    private static CredentialHolder? Read(SafeFileHandle file)
    {
        var bytes = new byte[LongestContent];
        try
        {
            return JsonSerializer.Deserialize(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)), InstanceMetadata.Default.CredentialHolder);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Describe(CredentialHolder? holder) =>
        holder is null ? "another gateway on this machine"
        : holder.Pid == Environment.ProcessId && holder.DataDirectory == dataDirectory ? $"adapter '{holder.AdapterId}' of this gateway"
        : $"adapter '{holder.AdapterId}' of the gateway with pid {holder.Pid} and data in '{holder.DataDirectory}'";

    /// <summary>Writes the holder into the lock file, for the user's other gateways.</summary>
    private void Inform(SafeFileHandle file, string adapterId)
    {
        try
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, JsonText.LineBytes(
                new CredentialHolder(Environment.ProcessId, dataDirectory, adapterId, clock.GetUtcNow()), InstanceJson.Default.CredentialHolder), 0);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The lock is held, only without the holder's entry.
        }
    }

    /// <summary>The locks of one adapter, in the order in which they were taken.</summary>
    private sealed record HeldLocks(IReadOnlyList<string> Paths, IReadOnlyList<SafeFileHandle> Files) : IDisposable
    {
        public static HeldLocks None { get; } = new([], []);

        public HeldLocks With(string path, SafeFileHandle file) => new([.. Paths, path], [.. Files, file]);

        public void Dispose()
        {
            foreach (var file in Files) LockFile.Free(file);
        }
    }
}
