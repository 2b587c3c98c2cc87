namespace PluginGateway.Supervision.Generations;

/// <summary>What an adapter says of itself through its context, for as long as its generation is not retired. Any thread; a flood costs
/// nothing.</summary>
/// <param name="fence">Says whether it has been replaced.</param>
/// <param name="onFatal">Gets the first fault.</param>
/// <param name="onHealth">Gets the way to what it said last, which is true when somebody looks.</param>
internal sealed class GenerationReports(GenerationFence fence, Action<AdapterFault> onFatal, Action<Func<AdapterHealth>> onHealth)
{
    private int _reported;
    private AdapterHealth? _health;

    public void Fatal(AdapterFault fault)
    {
        if (!fence.IsRetired && Interlocked.Exchange(ref _reported, 1) == 0) onFatal(fault);
    }

    public void Health(AdapterHealth health)
    {
        if (!fence.IsRetired && Interlocked.Exchange(ref _health, health) is null) onHealth(() => Interlocked.Exchange(ref _health, null)!);
    }
}
