using PluginGateway.Threads;

namespace PluginGateway.Reloading;

/// <summary>One reload that was asked for.</summary>
/// <param name="Ticket">Its number.</param>
/// <param name="By">Who asked: "SIGHUP" or "reload".</param>
/// <param name="Id">The only adapter it is about; null: everything.</param>
internal sealed record ReloadRequest(int Ticket, string By, string? Id);

/// <summary>Where reloads are asked for and their reports are kept. They are done one after another; what waits already is not queued twice. Any thread; nothing here blocks but
/// <see cref="Take"/>.</summary>
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
            foreach (var old in _reports.Keys.Where(ticket => ticket <= _tickets - KeptReports && _reports[ticket].Done).ToArray()) _reports.Remove(old);
            Monitor.Pulse(_gate);
            return request.Ticket;
        }
    }

    /// <summary>What has come of it so far; null: there is no such ticket, or it is too long ago.</summary>
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
