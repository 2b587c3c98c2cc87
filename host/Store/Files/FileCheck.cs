using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Files;

/// <summary>Checks that the writer may go on: by the descriptors before each transaction, before its commit and before it is acknowledged; by the
/// names and the lock before an acknowledgement, at intervals of <see cref="StoreOptions.LookEvery"/>. The writer's thread.</summary>
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

    /// <summary>Checks the descriptors. Null: they refer to the files that were opened.</summary>
    public StoreFailure? BeforeWriting()
    {
        if (_loss is null && _files?.CheckDescriptors() is { } change) Lose(change);
        return _loss;
    }

    /// <summary>Checks the descriptors, since a commit may have gone to another file, and at intervals the names and the lock.</summary>
    public void BeforeAnswering()
    {
        if (BeforeWriting() is not null || clock.GetElapsedTime(_looked) < options.LookEvery) return;
        _looked = clock.GetTimestamp();
        if (_files?.CheckNames() is { } change)
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
