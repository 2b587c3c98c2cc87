using PluginGateway.Instance;

namespace PluginGateway.Units;

/// <summary>Maintains <see cref="CrashLoopLog"/> for this process: decides by the last ends whether this start is in safe mode, and records how this
/// process ends.</summary>
internal sealed class CrashLoopDetector(string dataDirectory, TimeProvider clock, ILogger log)
{
    private const string Leave = "Only adapters marked \"required\" run. 'plugin-gateway adapter reconnect ID' starts another";

    private readonly CrashLoopLog _last = CrashLoopLog.Read(dataDirectory);
    private CrashLoopLog _now = CrashLoopLog.Read(dataDirectory).Started(clock.GetUtcNow());

    /// <summary>Returns the reason for which this start runs required adapters only, with the way to leave safe mode; null: all adapters
    /// run.</summary>
    public string? SafeMode(bool asked) =>
        _now.IsCrashLoop
            ? $"safe mode: the gateway ended {_now.UncleanEndsUtc.Count} times within {CrashLoopLog.Window.TotalMinutes:0} minutes without a stop. {Leave}, 'plugin-gateway restart' all of them."
            : asked ? $"safe mode, as asked with --safe. {Leave}, a start without --safe all of them." : null;

    /// <summary>Begins the record of this process: from now on an end without <see cref="Stopped"/> is an unclean one. A unit that ended the last
    /// process is quarantined.</summary>
    public void Begin(AdapterControl control)
    {
        if (_last.EndedByPlugin is { } end)
        {
            control.Quarantine(
                end.Unit, $"it {end.How} at {end.AtUtc:yyyy-MM-dd HH:mm:ss} UTC; 'plugin-gateway adapter reconnect {end.Unit}' starts it again");
            log.EndedLastProcess(end.Unit, end.How, end.AtUtc);
        }

        Write();
    }

    /// <summary>Records the end of the stop sequence.</summary>
    public void Stopped(int exitCode)
    {
        _now = _now.Stopped(exitCode);
        Write();
    }

    /// <summary>Records that a unit's code is ending the process. On the unit's thread.</summary>
    public void EndedBy(string unit)
    {
        _now = _now.Ended(new PluginEnd(unit, "ended the process with Environment.Exit", clock.GetUtcNow()));
        Write();
    }

    private void Write()
    {
        try
        {
            _now.Write(dataDirectory);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            log.LedgerNotWritten(DataDirectory.CrashLoopLog(dataDirectory), problem.Message);
        }
    }
}
