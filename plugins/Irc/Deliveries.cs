using System.Globalization;

namespace PluginGateway.Plugins.Irc;

/// <summary>Refusal of one line: the numeric and the server's text.</summary>
internal readonly record struct Refusal(string Code, string Text);

/// <summary>Outcomes of lines that were followed by a PING.</summary>
/// <param name="IsAnswered">True: the server has processed all of them. False: the connection ended first.</param>
/// <param name="Refusals">The number of refused lines.</param>
/// <param name="First">The first refusal.</param>
/// <param name="MessageId">The server's id of the last line, where it gives one.</param>
internal readonly record struct DeliveryEnd(bool IsAnswered, int Refusals, Refusal First, string? MessageId);

/// <summary>Deliveries of lines, confirmed by a PING behind them: IRC has no acknowledgements, but a server processes lines in order. When it answers
/// the PING, it has processed the lines and reported those that it refused.</summary>
internal sealed class Deliveries(ServerFeatures features, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Delivery> _open = [];
    private long _tokens;
    private bool _isAbandoned;

    /// <summary>Waiting time of the oldest PING; null if none is open.</summary>
    public TimeSpan? OldestWait
    {
        get
        {
            lock (_lock) return _open.First is { } first ? clock.GetElapsedTime(first.Value.Since) : null;
        }
    }

    /// <summary>Adds lines to a target, or none for a mere sign of life, and writes them, in the order of the calls.</summary>
    /// <param name="target">The target of the lines.</param>
    /// <param name="write">Writes the lines and the PING with the token behind them.</param>
    public Delivery Add(string target, Action<string> write)
    {
        lock (_lock)
        {
            var delivery = new Delivery($"gw{(++_tokens).ToString(CultureInfo.InvariantCulture)}", target, clock.GetTimestamp());
            if (_isAbandoned) delivery.Complete(isAnswered: false);
            else _open.AddLast(delivery);
            write(delivery.Token);
            return delivery;
        }
    }

    /// <summary>Takes a PONG: all deliveries up to its PING have been processed.</summary>
    public void Answer(string token)
    {
        lock (_lock)
        {
            if (!_open.Any(delivery => delivery.Token == token)) return;
            bool isLast;
            do
            {
                var delivery = _open.First!.Value;
                isLast = delivery.Token == token;
                _open.RemoveFirst();
                delivery.Complete(isAnswered: true);
            }
            while (!isLast);
        }
    }

    /// <summary>Takes the refusal of a line to a target; an empty target stands for the oldest message.</summary>
    public bool Refuse(string target, Refusal refusal)
    {
        lock (_lock)
        {
            if (Find(target) is not { } delivery) return false;
            if (delivery.Refusals++ == 0) delivery.First = refusal;
            return true;
        }
    }

    /// <summary>Takes the server's echo of a line of the bot.</summary>
    public void Echo(string target, string? messageId)
    {
        lock (_lock)
        {
            if (Find(target) is { } delivery) delivery.MessageId = messageId ?? delivery.MessageId;
        }
    }

    /// <summary>Ends all open deliveries as unanswered: the connection has ended.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            foreach (var delivery in _open) delivery.Complete(isAnswered: false);
            _open.Clear();
            _isAbandoned = true;
        }
    }

    private Delivery? Find(string target) =>
        _open.FirstOrDefault(
            delivery => delivery.Target.Length > 0 && (target.Length == 0 || features.Fold(delivery.Target) == features.Fold(target)));
}

/// <summary>Lines on their way; owned by <see cref="Deliveries"/>.</summary>
internal sealed class Delivery(string token, string target, long since)
{
    private readonly TaskCompletionSource<DeliveryEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Token { get; } = token;

    public string Target { get; } = target;

    public long Since { get; } = since;

    public int Refusals { get; set; }

    public Refusal First { get; set; }

    public string? MessageId { get; set; }

    public Task<DeliveryEnd> Ended => _end.Task;

    public void Complete(bool isAnswered) => _end.TrySetResult(new DeliveryEnd(isAnswered, Refusals, First, MessageId));
}
