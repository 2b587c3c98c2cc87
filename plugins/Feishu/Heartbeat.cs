namespace PluginGateway.Plugins.Feishu;

/// <summary>Pings, and notices a platform that has gone silent: the WebSocket itself would wait for ever.</summary>
/// <remarks>Any frame is a sign of life. A check that wakes up late, because the thread pool is starved, does not judge: the answer may lie
/// unread.</remarks>
internal sealed class Heartbeat(FrameSocket socket, Endpoint endpoint, FeishuSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Overslept = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _patience = TimeSpan.FromSeconds(settings.PongTimeoutSeconds);
    private readonly Lock _lock = new();
    private ClientRules _rules = endpoint.Rules;
    private TaskCompletionSource _pong = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _heard = clock.GetTimestamp();
    private long _pinged;
    private long? _unanswered;

    public ClientRules Rules
    {
        get
        {
            lock (_lock) return _rules;
        }
    }

    /// <summary>Time since the last received frame.</summary>
    public TimeSpan Silence
    {
        get
        {
            lock (_lock) return clock.GetElapsedTime(_heard);
        }
    }

    /// <summary>Pings now; ends with the next pong.</summary>
    public Task PingAsync()
    {
        lock (_lock)
        {
            if (_pong.Task.IsCompleted) _pong = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Ping();
            return _pong.Task;
        }
    }

    /// <summary>Takes the arrival of a frame.</summary>
    public void OnFrame()
    {
        lock (_lock) (_heard, _unanswered) = (clock.GetTimestamp(), null);
    }

    /// <summary>Takes a pong, which may carry new rules.</summary>
    public void Pong(ClientRules? rules)
    {
        lock (_lock)
        {
            _rules = rules ?? _rules;
            _pong.TrySetResult();
        }
    }

    /// <summary>Pings at its time, and ends the connection when nothing comes back.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!socket.Ended.IsCompleted)
        {
            var nap = Next();
            var asleep = clock.GetTimestamp();
            await Task.Delay(nap, clock, cancellationToken);
            var isLate = clock.GetElapsedTime(asleep) - nap > Overslept;
            lock (_lock)
            {
                if (isLate && _unanswered is not null) _unanswered = clock.GetTimestamp();
                if (_unanswered is { } since && clock.GetElapsedTime(since) >= _patience) socket.End(Faults.Silent(clock.GetElapsedTime(_heard)));
                else if (clock.GetElapsedTime(_pinged) >= Interval) Ping();
            }
        }
    }

    private TimeSpan Interval
    {
        get
        {
            var own = TimeSpan.FromSeconds(settings.PingSeconds);
            return _rules.PingInterval < own ? _rules.PingInterval : own;
        }
    }

    private void Ping()
    {
        _pinged = clock.GetTimestamp();
        _unanswered ??= _pinged;
        socket.Post(Frames.Ping(endpoint.Service));
    }

    private TimeSpan Next()
    {
        lock (_lock)
        {
            var nap = Interval - clock.GetElapsedTime(_pinged);
            if (_unanswered is { } since && _patience - clock.GetElapsedTime(since) is var left && left < nap) nap = left;
            return nap > Longest ? Longest : nap < TimeSpan.FromMilliseconds(20) ? TimeSpan.FromMilliseconds(20) : nap;
        }
    }
}
