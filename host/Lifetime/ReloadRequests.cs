using PluginGateway.Threads;

namespace PluginGateway.Lifetime;

/// <summary>One reload that was asked for.</summary>
/// <param name="Ticket">Its number.</param>
/// <param name="By">Who asked: "SIGHUP" or "reload".</param>
/// <param name="Id">The only adapter it is about; null: everything.</param>
internal sealed record ReloadOrder(int Ticket, string By, string? Id);

/// <summary>Where reloads are asked for and their reports are kept. They are done one after another; what waits already is not queued twice. Any thread; nothing here blocks but
/// <see cref="Take"/>.</summary>
internal sealed class ReloadRequests
{
    private const int KeptReports = 16;

    private readonly object _gate = new();
    private readonly Queue<ReloadOrder> _waiting = new();
    private readonly SortedDictionary<int, ReloadReport> _reports = [];
    private int _tickets;

    /// <summary>Asks for a reload. Returns its ticket.</summary>
    public int Ask(string by, string? id)
    {
        using (Held.On(_gate))
        {
            if (_waiting.FirstOrDefault(order => order.Id == id) is { } same) return same.Ticket;
            var order = new ReloadOrder(++_tickets, by, id);
            _waiting.Enqueue(order);
            _reports[order.Ticket] = ReloadReport.Open(order);
            foreach (var old in _reports.Keys.Where(ticket => ticket <= _tickets - KeptReports && _reports[ticket].Done).ToArray()) _reports.Remove(old);
            Monitor.Pulse(_gate);
            return order.Ticket;
        }
    }

    /// <summary>What has come of it so far; null: there is no such ticket, or it is too long ago.</summary>
    public ReloadReport? Find(int ticket)
    {
        using (Held.On(_gate)) return _reports.GetValueOrDefault(ticket);
    }

    /// <summary>Waits for the next order. Only the reload thread.</summary>
    public ReloadOrder Take()
    {
        using (Held.On(_gate))
        {
            ReloadOrder? order;
            while (!_waiting.TryDequeue(out order)) Held.Wait(_gate);
            return order;
        }
    }

    public void Keep(ReloadReport report)
    {
        using (Held.On(_gate)) _reports[report.Ticket] = report;
    }
}
