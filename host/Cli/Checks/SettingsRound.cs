using System.Runtime.ExceptionServices;
using PluginGateway.Threads;

namespace PluginGateway.Cli.Checks;

/// <summary>Asks every configured plugin about its settings: those that run in this process one after the other, as they share loaded assemblies;
/// those that get a worker a few at a time, so that two hundred of them take neither two hundred starts in a row nor all of the machine.</summary>
internal sealed class SettingsRound
{
    private readonly object _gate = new();
    private readonly IReadOnlyList<Finding>[] _findings;
    private readonly Queue<int> _isolated = new();
    private Exception? _failure;
    private int _asking;

    /// <param name="uses">Adapters and handlers to ask.</param>
    /// <param name="ask">Asks one; of isolated ones on several threads.</param>
    public SettingsRound(IEnumerable<ConfiguredPlugin> uses, Func<ConfiguredPlugin, IReadOnlyList<Finding>> ask)
    {
        ConfiguredPlugin[] all = [.. uses];
        _findings = new IReadOnlyList<Finding>[all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].IsIsolated) _isolated.Enqueue(i);
        }

        _asking = Math.Min(MostAtOnce, _isolated.Count);
        for (var thread = _asking; thread > 0; thread--) LoopThread.Start("check", () => AskNext(all, ask));
        for (var i = 0; i < all.Length; i++)
        {
            if (!all[i].IsIsolated) _findings[i] = ask(all[i]);
        }

        using (UninterruptibleLock.Enter(_gate))
        {
            while (_asking > 0) UninterruptibleLock.Wait(_gate);
        }

        if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Largest number of worker processes that run at once.</summary>
    public static int MostAtOnce => Environment.ProcessorCount + 1;

    /// <summary>Findings, in the order of the adapters and handlers that were asked.</summary>
    public IEnumerable<Finding> Findings => _findings.SelectMany(static found => found);

    private void AskNext(ConfiguredPlugin[] all, Func<ConfiguredPlugin, IReadOnlyList<Finding>> ask)
    {
        while (Next() is { } index)
        {
            try
            {
                _findings[index] = ask(all[index]);
            }
            catch (Exception failure)
            {
                using (UninterruptibleLock.Enter(_gate)) _failure ??= failure;
                _findings[index] = [];
            }
        }

        using (UninterruptibleLock.Enter(_gate))
        {
            _asking--;
            Monitor.PulseAll(_gate);
        }
    }

    private int? Next()
    {
        using (UninterruptibleLock.Enter(_gate)) return _failure is null && _isolated.TryDequeue(out var index) ? index : null;
    }
}
