using PluginGateway.Threads;

namespace PluginGateway.Reloading;

/// <summary>Request for a reload.</summary>
/// <param name="Ticket">Number of the request.</param>
/// <param name="By">Source of the request: "SIGHUP" or "reload".</param>
/// <param name="Id">The adapter to reload; null: the whole configuration.</param>
internal sealed record ReloadRequest(int Ticket, string By, string? Id);

/// <summary>Queue of reload requests, and their reports. Requests are served one after another; a request that already waits is not queued twice. Any
/// thread; only <see cref="Take"/> blocks.</summary>
internal sealed class ReloadQueue
{
    private const int KeptReports = 16;

    private readonly object _gate = new();
    private readonly Queue<ReloadRequest> _waiting = new();
    private readonly SortedDictionary<int, ReloadReport> _reports = [];
    private int _tickets;

    /// <summary>Asks for a reload. Returns its ticket.</summary>
    public int Ask(string by, string? id)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_waiting.FirstOrDefault(request => request.Id == id) is { } same) return same.Ticket;
            var request = new ReloadRequest(++_tickets, by, id);
            _waiting.Enqueue(request);
            _reports[request.Ticket] = ReloadReport.Open(request);
            foreach (var old in _reports.Keys.Where(ticket => ticket <= _tickets - KeptReports && _reports[ticket].Done).ToArray())
                _reports.Remove(old);
            Monitor.Pulse(_gate);
            return request.Ticket;
        }
    }

    /// <summary>Returns the report so far; null: there is no such ticket, or it has been dropped.</summary>
    public ReloadReport? Find(int ticket)
    {
        using (UninterruptibleLock.Enter(_gate)) return _reports.GetValueOrDefault(ticket);
    }

    /// <summary>Waits for the next order. Only the reload thread.</summary>
    public ReloadRequest Take()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            ReloadRequest? request;
            while (!_waiting.TryDequeue(out request)) UninterruptibleLock.Wait(_gate);
            return request;
        }
    }

    public void Keep(ReloadReport report)
    {
        using (UninterruptibleLock.Enter(_gate)) _reports[report.Ticket] = report;
    }
}
