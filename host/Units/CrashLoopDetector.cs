using PluginGateway.Instance;

namespace PluginGateway.Units;

/// <summary>Keeps <see cref="CrashLoopLog"/> for this process: what the last ends mean for this start, and how this process ends.</summary>
internal sealed class CrashLoopDetector(string dataDirectory, TimeProvider clock, ILogger log)
{
    private const string Leave = "Only adapters marked \"required\" run. 'plugin-gateway adapter reconnect ID' starts another";

    private readonly CrashLoopLog _last = CrashLoopLog.Read(dataDirectory);
    private CrashLoopLog _now = CrashLoopLog.Read(dataDirectory).Started(clock.GetUtcNow());

    /// <summary>Why this start runs required adapters only, and how to leave that; null: it runs them all.</summary>
    public string? SafeMode(bool asked) =>
        _now.IsCrashLoop
            ? $"safe mode: the gateway ended {_now.UncleanEndsUtc.Count} times within {CrashLoopLog.Window.TotalMinutes:0} minutes without a stop. {Leave}, 'plugin-gateway restart' all of them."
            : asked ? $"safe mode, as asked with --safe. {Leave}, a start without --safe all of them." : null;

    /// <summary>From now on an end without <see cref="Stopped"/> is an unclean one. A unit that ended the last process is quarantined.</summary>
    public void Begin(AdapterControl control)
    {
        if (_last.EndedByPlugin is { } end)
        {
            control.Quarantine(end.Unit, $"it {end.How} at {end.AtUtc:yyyy-MM-dd HH:mm:ss} UTC; 'plugin-gateway adapter reconnect {end.Unit}' starts it again");
            log.EndedLastProcess(end.Unit, end.How, end.AtUtc);
        }

        Write();
    }

    /// <summary>The stop sequence is over.</summary>
    public void Stopped(int exitCode)
    {
        _now = _now.Stopped(exitCode);
        Write();
    }

    /// <summary>A unit's code is ending the process. On its thread.</summary>
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
