namespace PluginGateway.Threads;

/// <summary>A handler's replies and actions, in the order of its calls: a reply whose files are still being copied holds the ones after it, and the
/// turn's end. Any thread.</summary>
internal sealed class OrderedSteps
{
    private readonly object _gate = new();
    private readonly Queue<Step> _steps = new();
    private Action? _drained;
    private bool _isClosed;
    private bool _isAbandoned;

    /// <summary>Takes a step. False when the turn is over. A step that is ready and the first runs before this returns, under the lock, so that it is
    /// queued at the store before the end.</summary>
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

    /// <summary>Marks a step as ready. False when it has been abandoned meanwhile.</summary>
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

    /// <summary>Takes no further step. True: every step is queued at the store; false: <paramref name="drained"/> runs once that is so.</summary>
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

    /// <summary>Takes no further step, and abandons those that wait.</summary>
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

    /// <summary>One step: its action, and the action to run instead when the turn is abandoned. Both only queue.</summary>
    internal sealed class Step(Action act, Action giveUp)
    {
        public bool IsReady { get; set; } = true;

        public Action Do { get; set; } = act;

        public Action GiveUp { get; } = giveUp;
    }
}
