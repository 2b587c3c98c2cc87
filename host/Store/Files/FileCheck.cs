using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Files;

/// <summary>Checks that the writer may go on: before each write by the descriptors, before each acknowledgement by the names and the lock. The
/// writer's thread.</summary>
internal sealed class FileCheck(Session session, StoreOptions options, TimeProvider clock, ILogger log)
{
    private FileWatch? _files;
    private StoreFailure? _suspicion;
    private StoreFailure? _loss;
    private long _looked;

    /// <summary>Reason for which nothing is accepted, from the moment of its discovery; null when the files are unchanged.</summary>
    public StoreFailure? Suspicion => Volatile.Read(ref _suspicion);

    /// <summary>Failure once the files are lost and the accepted messages have been saved.</summary>
    public StoreFailure? Loss => Volatile.Read(ref _loss);

    /// <summary>Begins to watch, after the database has been written to.</summary>
    public void Begin() => _files = FileWatch.Of(options.Path);

    public void BeforeWriting()
    {
        if (_loss is null && _files?.CheckDescriptors() is { } change) Lose(change);
    }

    public void BeforeAnswering()
    {
        if (_loss is not null || clock.GetElapsedTime(_looked) < options.LookEvery) return;
        _looked = clock.GetTimestamp();
        if ((_files?.CheckDescriptors() ?? _files?.CheckNames()) is { } change)
        {
            Lose(change);
            return;
        }

        var state = options.Lock?.Invoke() ?? LockState.Ours;
        if (state == LockState.Retaken) log.LockRetaken();
        if (state == LockState.Lost)
            Lose(new("the lock of the data directory belongs to another process", IsOpen: true, IsDeleted: false, IsNamed: true));
    }

    private void Lose(FileChange change)
    {
        Volatile.Write(ref _suspicion, new StoreFailure(StoreCode.Replaced, $"{change.Sentence}."));
        var failure = new StoreFailure(StoreCode.Replaced, $"{change.Sentence}. {StoreRescue.Run(session, options.Path, change, clock)}");
        log.StoreReplaced(failure.Message);
        Volatile.Write(ref _loss, failure);
    }
}
