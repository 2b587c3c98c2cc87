using System.Diagnostics;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Shutdown;

/// <summary>Ends the process when the stop sequence did not: at budget plus grace, or at once when asked. Waits for nothing.</summary>
internal sealed class ShutdownWatchdog(Action<string> say, Action<int> end)
{
    private readonly object _gate = new();
    private volatile string _doing = "nothing yet";
    private bool _prepared;
    private TimeSpan? _budget;
    private long _armed;
    private bool _over;
    private string? _endNow;

    public ShutdownWatchdog()
        : this(ProcessExit.WriteLastLine, ProcessExit.Now)
    {
    }

    /// <summary>The phase of the stop sequence; part of the last line.</summary>
    public string Doing
    {
        get => _doing;
        set => _doing = value;
    }

    /// <summary>Starts its thread, while there are threads to be had.</summary>
    public void Prepare()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_prepared) return;
            _prepared = true;
        }

        LoopThread.Start("last resort", Wait);
    }

    /// <summary>Ends the process after this time. Only the first call counts.</summary>
    public void Arm(TimeSpan budgetAndGrace)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_budget is not null) return;
            (_budget, _armed) = (budgetAndGrace, Stopwatch.GetTimestamp());
            Monitor.PulseAll(_gate);
        }

        Prepare();
    }

    /// <summary>Ends the process now, from the calling thread. Any thread, so that it works even where no other thread does.</summary>
    public void EndNow(string why)
    {
        using (UninterruptibleLock.Enter(_gate)) _endNow ??= why;
        Finish(why);
    }

    private void Wait()
    {
        TimeSpan budget;
        using (UninterruptibleLock.Enter(_gate))
        {
            while (_budget is null) UninterruptibleLock.Wait(_gate);
            budget = _budget.Value;
            while (_endNow is null && budget - Stopwatch.GetElapsedTime(_armed) is { Ticks: > 0 } left) UninterruptibleLock.Wait(_gate, left);
            if (_endNow is not null) return;
        }

        Finish($"the stop did not finish within {budget.TotalSeconds:0.###} s");
    }

    private void Finish(string why)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_over) return;
            _over = true;
        }

        try
        {
            say($"plugin-gateway: last resort: {why}; it was busy with: {_doing}. Ending with exit code {ExitCodes.Aborted}; nothing accepted is lost.");
        }
        catch (Exception)
        {
            // A failure to write must not prevent the end.
        }

        end(ExitCodes.Aborted);
    }
}
