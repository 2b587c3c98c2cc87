using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Serialization;

namespace PluginGateway.Units;

/// <summary>End of the process by a plugin.</summary>
/// <param name="Unit">The adapter or handler whose code did it.</param>
/// <param name="How">The manner, as part of a sentence.</param>
/// <param name="AtUtc">The time.</param>
internal sealed record PluginEnd(string Unit, string How, DateTimeOffset AtUtc);

/// <summary><c>starts.json</c>: starts and unclean ends of the last processes, by which a crash loop is recognised (<see cref="IsCrashLoop"/>).
/// Immutable.</summary>
/// <param name="RunningSinceUtc">Start of the process that wrote the file; null after its stop.</param>
/// <param name="UncleanEndsUtc">Times at which ends without a stop were noticed, without those that a plugin has caused.</param>
/// <param name="EndedByPlugin">The plugin that ended the process that wrote the file; null: none is known.</param>
internal sealed record CrashLoopLog(DateTimeOffset? RunningSinceUtc, IReadOnlyList<DateTimeOffset> UncleanEndsUtc, PluginEnd? EndedByPlugin)
{
    /// <summary>Number of unclean ends within <see cref="Window"/> that make a crash loop.</summary>
    public const int TooMany = 3;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    public static CrashLoopLog None { get; } = new(null, [], null);

    /// <summary>True when the next start should run required adapters only.</summary>
    public bool IsCrashLoop => UncleanEndsUtc.Count >= TooMany;

    /// <summary>Reads the file. One that cannot be understood counts as empty: it must never keep the gateway from starting.</summary>
    public static CrashLoopLog Read(string dataDirectory)
    {
        try
        {
            return AtomicFile.TryRead(DataDirectory.CrashLoopLog(dataDirectory)) is { } bytes
                && JsonSerializer.Deserialize(bytes, UnitsMetadata.Default.CrashLoopLog) is { UncleanEndsUtc: not null } log
                ? log : None;
        }
        catch (JsonException)
        {
            return None;
        }
    }

    /// <summary>Returns the log after a start: a process that is still recorded as running has ended without a stop, unless a plugin ended
    /// it.</summary>
    public CrashLoopLog Started(DateTimeOffset now)
    {
        var ends = UncleanEndsUtc.Where(end => end <= now && now - end < Window);
        return new(now, [.. RunningSinceUtc is not null && EndedByPlugin is null ? ends.Append(now) : ends], null);
    }

    /// <summary>Returns the log after a stop. A stop or restart by the operator clears the unclean ends.</summary>
    public CrashLoopLog Stopped(int exitCode) => new(null, exitCode is ExitCodes.Planned or ExitCodes.Restart ? [] : UncleanEndsUtc, null);

    /// <summary>Returns the log when a plugin ends the process.</summary>
    public CrashLoopLog Ended(PluginEnd by) => this with { EndedByPlugin = by };

    public void Write(string dataDirectory) =>
        AtomicFile.Write(DataDirectory.CrashLoopLog(dataDirectory), JsonText.IndentedBytes(this, UnitsJson.Default.CrashLoopLog));
}
