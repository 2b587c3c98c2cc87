using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;
using PluginGateway.Threads;

namespace PluginGateway.Units;

/// <summary>The overrides in force: in memory at once, and written to the disk. Any thread; changes one at a time.</summary>
internal sealed class AdapterOverrideStore(
    AdapterOverrides overrides, CurrentConfiguration running, TimeProvider clock, ILogger<AdapterOverrideStore> log)
{
    /// <summary>Longest wait for the disk: a disk that hangs must not hang the control thread.</summary>
    private static readonly TimeSpan DiskTime = TimeSpan.FromSeconds(1);

    private readonly object _disk = new();
    private volatile AdapterOverrides _current = overrides;

    /// <summary>The overrides in force; another instance after each change.</summary>
    public AdapterOverrides Current => _current;

    /// <summary>Returns the override of a unit for its entry in a configuration; null when there is none.</summary>
    public AdapterOverride? Of(string id, GatewayConfiguration configuration) => _current.Of(id, EntryOf(id, configuration));

    /// <summary>Changes the override of a unit, in memory; <see cref="Save"/> writes it.</summary>
    public void Change(string id, Func<AdapterOverride, AdapterOverride> change)
    {
        var before = _current;
        var entry = EntryOf(id, running.Value);
        var adapterOverride = change(before.Of(id, entry) ?? new AdapterOverride(entry, null, null, default)) with { SaidUtc = clock.GetUtcNow() };
        var after = before.With(id, adapterOverride);
        if (after.Units.Count > 0 || before.Units.Count > 0) _current = after;
    }

    /// <summary>Returns the overrides for the next configuration: those made since a time apply to its entries, too.</summary>
    public AdapterOverrides CarriedOver(GatewayConfiguration next, DateTimeOffset sinceUtc)
    {
        var (before, carried) = (running.Value, _current);
        foreach (var (id, adapterOverride) in carried.Units)
        {
            if (adapterOverride.SaidUtc >= sinceUtc && adapterOverride.Entry == EntryOf(id, before))
                carried = carried.With(id, adapterOverride with { Entry = EntryOf(id, next) });
        }

        return carried;
    }

    /// <summary>Puts overrides in force and starts writing them; does not wait.</summary>
    public void Replace(AdapterOverrides next)
    {
        if (ReferenceEquals(next, _current)) return;
        _current = next;
        LoopThread.Start("adapter overrides", () => Write());
    }

    /// <summary>Writes the overrides, and waits for the disk at most a second. Null when they are on the disk; else a note for the
    /// operator.</summary>
    public string? Save()
    {
        using var written = new ManualResetEventSlim();
        string? problem = null;
        LoopThread.Start("adapter overrides", () =>
        {
            var failed = Write();
            Volatile.Write(ref problem, failed ?? "");
            try
            {
                written.Set();
            }
            catch (ObjectDisposedException)
            {
                // The caller no longer waits.
            }
        });
        if (!written.Wait(DiskTime)) return $"It is not on the disk within {DiskTime.TotalSeconds:0.#} s, and may be forgotten at the next start.";
        return Volatile.Read(ref problem) is { Length: > 0 } reason ? $"It cannot be remembered over a restart: {reason}" : null;
    }

    private string? Write()
    {
        try
        {
            using (UninterruptibleLock.Enter(_disk)) _current.Write(running.Value.Gateway.DataDirectory);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.OverrideNotKept(failure.Message);
            return failure.Message;
        }
    }

    private static string EntryOf(string id, GatewayConfiguration configuration) =>
        configuration.Adapters.FirstOrDefault(adapter => adapter.Id == id)?.Entry
        ?? configuration.Adapters.FirstOrDefault(user => user.Handler is not null && HandlerIds.Of(user.Id) == id)?.Handler?.Plugin
        ?? configuration.Handler.Plugin;
}
