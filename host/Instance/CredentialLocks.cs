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

/// <summary>A credential that allows one session belongs to one adapter id of one gateway on this machine: an flock on a file that is named by a hash
/// of platform and credential. Held from before the first creation over all generations; the kernel frees it when the process ends.</summary>
internal sealed class CredentialLocks(string dataDirectory, CredentialFolder folder, TimeProvider clock)
{
    public const string InUse = "credential-in-use";
    public const string CannotLock = "credential-lock-failed";

    /// <summary>A name is no secret, so guessing a short password by it must be slow.</summary>
    private const int HashRounds = 100_000;

    private const int LongestContent = 4096;

    private readonly object _gate = new();
    private readonly ConcurrentDictionary<string, HeldLock> _heldLock = new(StringComparer.Ordinal);

    /// <summary>Returns the value of the setting that the adapter declares; null: none is declared, or it is not set.</summary>
    public static string? CredentialOf(AdapterDeclaration declared, JsonElement settings)
    {
        if (declared.Traits.CredentialSetting is not { } name || settings.ValueKind != JsonValueKind.Object
            || !settings.TryGetProperty(name, out var value))
            return null;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>Takes the lock unless this adapter id has it already. Null: the lock is held; else the failure.</summary>
    public Failure? Claim(string adapterId, string platform, string credential)
    {
        var path = Path.Combine(folder.Path, NameOf(platform, credential));
        try
        {
            if (_heldLock.TryGetValue(adapterId, out var heldLock))
            {
                if (heldLock.Path == path) return null;
                Reclaim(adapterId)?.Dispose();
            }

            folder.Prepare();
            var file = LockFile.Open(path, OwnerOnly.File);
            if (!TryHold(adapterId, new HeldLock(path, file)))
            {
                using (file) return new Failure(InUse, $"its credential is in use by {HolderOf(path, file)}, and allows one session only");
            }

            Inform(file, adapterId);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new Failure(CannotLock,
                $"its credential allows one session only, and cannot be locked in '{folder.Path}': {problem.Message} Choose another folder with GATEWAY_LOCK_DIR");
        }
    }

    /// <summary>Takes out the lock that this adapter id holds, for the caller to dispose; null: none.</summary>
    public IDisposable? Reclaim(string adapterId) => _heldLock.TryRemove(adapterId, out var heldLock) ? heldLock : null;

    /// <summary>Takes the lock and remembers it in one step: who is refused finds the adapter of this gateway that has it.</summary>
    private bool TryHold(string adapterId, HeldLock wanted)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!LockFile.TryLock(wanted.File, wanted.Path)) return false;
            _heldLock[adapterId] = wanted;
            return true;
        }
    }

    private string HolderOf(string path, SafeFileHandle file) =>
        _heldLock.FirstOrDefault(held => held.Value.Path == path).Key is { } own ? $"adapter '{own}' of this gateway" : Describe(Read(file));

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

    private sealed record HeldLock(string Path, SafeFileHandle File) : IDisposable
    {
        public void Dispose() => LockFile.Free(File);
    }
}
