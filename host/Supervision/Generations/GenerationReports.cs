namespace PluginGateway.Supervision.Generations;

/// <summary>Reports of an adapter through its context, until its generation is retired. Any thread; a flood of reports queues no events.</summary>
/// <param name="fence">Tells whether the generation has been retired.</param>
/// <param name="onFatal">Called with the first fault.</param>
/// <param name="onHealth">Called with a function that returns the latest health report at the time of its call.</param>
internal sealed class GenerationReports(GenerationFence fence, Action<PluginFault> onFatal, Action<Func<AdapterHealth>> onHealth)
{
    private int _reported;
    private AdapterHealth? _health;

    public void Fatal(PluginFault fault)
    {
        if (!fence.IsRetired && Interlocked.Exchange(ref _reported, 1) == 0) onFatal(fault);
    }

    public void Health(AdapterHealth health)
    {
        if (!fence.IsRetired && Interlocked.Exchange(ref _health, health) is null) onHealth(() => Interlocked.Exchange(ref _health, null)!);
    }
}
