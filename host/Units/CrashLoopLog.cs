using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Units;

/// <summary>A plugin that ended the process.</summary>
/// <param name="Unit">The adapter or handler whose code did it.</param>
/// <param name="How">How, as part of a sentence.</param>
/// <param name="AtUtc">When.</param>
internal sealed record PluginEnd(string Unit, string How, DateTimeOffset AtUtc);

/// <summary><c>starts.json</c>: whether the last process came to a stop, and which did not. It breaks crash loops: see <see cref="IsCrashLoop"/>. Immutable.</summary>
/// <param name="RunningSinceUtc">When the process that wrote it started; null after its stop.</param>
/// <param name="UncleanEndsUtc">When ends without a stop were noticed, those that a plugin is to blame for not counted.</param>
/// <param name="EndedByPlugin">Who ended the process that wrote it; null: nobody known.</param>
internal sealed record CrashLoopLog(DateTimeOffset? RunningSinceUtc, IReadOnlyList<DateTimeOffset> UncleanEndsUtc, PluginEnd? EndedByPlugin)
{
    /// <summary>This many unclean ends within <see cref="Window"/> are a crash loop.</summary>
    public const int TooMany = 3;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    public static CrashLoopLog None { get; } = new(null, [], null);

    /// <summary>True when the next start should run what is required, and no more.</summary>
    public bool IsCrashLoop => UncleanEndsUtc.Count >= TooMany;

    /// <summary>A file that cannot be understood says nothing: it must never keep the gateway from starting.</summary>
    public static CrashLoopLog Read(string dataDirectory)
    {
        try
        {
            return AtomicFile.TryRead(DataDirectory.CrashLoopLog(dataDirectory)) is { } bytes && JsonSerializer.Deserialize(bytes, UnitsJson.Indented.CrashLoopLog) is { UncleanEndsUtc: not null } log
                ? log : None;
        }
        catch (JsonException)
        {
            return None;
        }
    }

    /// <summary>A process starts: whatever still counts as running has ended without a stop, unless a plugin is to blame.</summary>
    public CrashLoopLog Started(DateTimeOffset now)
    {
        var ends = UncleanEndsUtc.Where(end => end <= now && now - end < Window);
        return new(now, [.. RunningSinceUtc is not null && EndedByPlugin is null ? ends.Append(now) : ends], null);
    }

    /// <summary>The process ends by a stop. One that the operator asked for makes a new beginning.</summary>
    public CrashLoopLog Stopped(int exitCode) => new(null, exitCode is ExitCodes.Planned or ExitCodes.Restart ? [] : UncleanEndsUtc, null);

    /// <summary>A plugin ends the process now.</summary>
    public CrashLoopLog Ended(PluginEnd by) => this with { EndedByPlugin = by };

    public void Write(string dataDirectory) =>
        AtomicFile.Write(DataDirectory.CrashLoopLog(dataDirectory), JsonSerializer.SerializeToUtf8Bytes(this, UnitsJson.Indented.CrashLoopLog));
}
