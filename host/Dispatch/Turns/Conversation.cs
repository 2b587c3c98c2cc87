using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>The messages of one conversation that wait for their turns, the running one first.</summary>
internal sealed class Conversation(string key, string adapterId)
{
    public string Key { get; } = key;

    public string AdapterId { get; } = adapterId;

    public Queue<PendingTurn> Turns { get; } = new();

    /// <summary>True while the first turn runs, or its end is being stored.</summary>
    public bool IsBusy { get; set; }

    /// <summary>The attempt at the second turn, when the commit that ends the first one begins it.</summary>
    public TurnRun? Next { get; set; }

    /// <summary>True while the conversation is in a queue for a handler, or waits for another attempt at its first turn.</summary>
    public bool IsQueued { get; set; }
}

/// <summary>One message that waits for its turn.</summary>
internal sealed class PendingTurn(InboxRow row)
{
    public InboxRow Row { get; } = row;

    /// <summary>Number of attempts so far.</summary>
    public int Attempt { get; set; } = row.Attempt;

    /// <summary>Replies that its attempts have owed so far.</summary>
    public OwedOrdinals Owed { get; } = new();

    /// <summary>Number of times that the handler deferred the turn since this start.</summary>
    public int PutOffs { get; set; }

    public DateTimeOffset? PutOffSince { get; set; }
}

/// <summary>One attempt at one turn.</summary>
internal sealed class TurnRun(Conversation conversation, PendingTurn turn, HostTurn host, AttachedHandler handler, DateTimeOffset since)
{
    public Conversation Conversation { get; } = conversation;

    public PendingTurn Turn { get; } = turn;

    public HostTurn Host { get; } = host;

    public AttachedHandler Handler { get; } = handler;

    public DateTimeOffset Since { get; } = since;

    /// <summary>True when the handler has returned and files of its replies are being copied.</summary>
    public bool WaitsForFiles { get; set; }

    /// <summary>Returns the attempt as <c>status</c> shows it.</summary>
    public RunningTurn Describe(DispatchLoop loop) =>
        new(Turn.Row.Id, Turn.Row.AdapterId, Host.Event.Chat, Turn.Row.Conversation, Host.Attempt, loop.ToWallClock(Since))
        {
            WaitsForFiles = WaitsForFiles,
        };
}

/// <summary>One generation of a handler that is attached.</summary>
internal sealed class AttachedHandler(HandlerPort port)
{
    public HandlerPort Port { get; } = port;

    public int Running { get; set; }
}

/// <summary>Highest ordinal of a turn's replies that has been owed: a reply owed by an earlier attempt needs no room again. Any thread.</summary>
internal sealed class OwedOrdinals
{
    private int _next;

    public bool Knows(int ordinal) => ordinal < Volatile.Read(ref _next);

    public void Note(int ordinal)
    {
        var next = Volatile.Read(ref _next);
        while (next <= ordinal && Interlocked.CompareExchange(ref _next, ordinal + 1, next) is var found && found != next) next = found;
    }
}
