using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Turns;

/// <summary>What a handler asks for, in the order in which it asked: a reply whose files are still being copied is waited for by the ones after it, and by the turn's end. Any
/// thread.</summary>
internal sealed class OrderedSteps
{
    private readonly object _gate = new();
    private readonly Queue<Step> _steps = new();
    private Action? _drained;
    private bool _isClosed;
    private bool _isAbandoned;

    /// <summary>Takes something. False: the turn is over. What is ready and the first is done before this returns, under the lock, so that it is queued at the store before the end.</summary>
    public bool Enqueue(Step step)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_isClosed) return false;
            _steps.Enqueue(step);
            Advance();
            return true;
        }
    }

    /// <summary>A step has what it needs. False: it has been given up meanwhile.</summary>
    public bool Ready(Step step)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_isAbandoned) return false;
            step.IsReady = true;
            Advance();
            return true;
        }
    }

    /// <summary>Nothing more is taken. True: everything that was taken is queued at the store; false: <paramref name="drained"/> runs once it is.</summary>
    public bool Close(Action drained)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _isClosed = true;
            if (_steps.Count == 0) return true;
            _drained = drained;
            return false;
        }
    }

    /// <summary>Nothing more is taken, and what waits is given up.</summary>
    public void Abandon()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            (_isClosed, _isAbandoned) = (true, true);
            Advance();
        }
    }

    private void Advance()
    {
        while (_steps.TryPeek(out var step) && (step.IsReady || _isAbandoned))
        {
            _steps.Dequeue();
            if (_isAbandoned) step.GiveUp();
            else step.Do();
        }

        if (_steps.Count > 0 || _drained is not { } drained) return;
        _drained = null;
        drained();
    }

    /// <summary>One thing to do, and what to do instead when the turn is given up. Both only queue.</summary>
    internal sealed class Step(Action act, Action giveUp)
    {
        public bool IsReady { get; set; } = true;

        public Action Do { get; set; } = act;

        public Action GiveUp { get; } = giveUp;
    }
}
