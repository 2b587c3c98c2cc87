namespace PluginGateway.Posix;

/// <summary>Compares the descriptors by which the gateway listens, waits and logs with the files behind them before the first plugin: code in this
/// process can close any number, and the next file that is opened gets it. The store and the lock check their own. One thread at a time; allocates
/// nothing unless a descriptor has changed.</summary>
internal sealed class DescriptorWatch
{
    private const int LastStandardStream = 2;

    private readonly List<Watched> _watched = [];

    /// <summary>The runtime has a pipe also for the moments in which a thread starts: only one that is there at two looks is one that
    /// stays.</summary>
    private readonly HashSet<string> _earlyPipes = [.. OpenDescriptors.All().Select(OpenDescriptors.NameOf).Where(IsPipe)];

    /// <summary>Returns a check whether a number refers to the same file as this one does now. Null: the system provides no identity of
    /// files.</summary>
    public static Func<int, bool>? Remember(int descriptor) =>
        FileIdentity.Read(descriptor) is { } known ? number => FileIdentity.Read(number) is { } found && found.IsSameFile(known) : null;

    /// <summary>Remembers the sockets that listen, the event queues and the pipes of the runtime, and the log. Once, before the first plugin is
    /// loaded, when everything listens, and a while after this object was made.</summary>
    public void Begin(int logDescriptor)
    {
        foreach (var descriptor in ListeningSockets.Remember()) Add("a listening socket", descriptor);
        // The runtime's console copies these, and closes its copies when it likes.
        string[] standardStreams = [.. Enumerable.Range(0, LastStandardStream + 1).Select(OpenDescriptors.NameOf)];
        foreach (var descriptor in OpenDescriptors.All().Where(static number => number > LastStandardStream))
        {
            var name = OpenDescriptors.NameOf(descriptor);
            if (standardStreams.Contains(name)) continue;
            if (name == "anon_inode:[eventpoll]") Add("the event queue of the runtime's sockets", descriptor);
            else if (_earlyPipes.Contains(name))
                Add("a pipe that was there before the first plugin, such as the one of the runtime's signals", descriptor);
        }

        Add("the log", logDescriptor);
    }

    /// <summary>Returns a sentence about a descriptor that has changed; null: all refer to the same files.</summary>
    public string? FindChange()
    {
        foreach (var watched in _watched)
        {
            if (FileIdentity.Read(watched.Descriptor) is { } found && found.IsSameFile(watched.Identity)) continue;
            return $"descriptor {watched.Descriptor} ({watched.What}) was closed or means another file: something in this process has closed it";
        }

        return null;
    }

    private static bool IsPipe(string name) => name.StartsWith("pipe:", StringComparison.Ordinal);

    private void Add(string what, int descriptor)
    {
        if (descriptor < 0 || FileIdentity.Read(descriptor) is not { } identity) return;
        _watched.RemoveAll(watched => watched.Descriptor == descriptor);
        _watched.Add(new(what, descriptor, identity));
    }

    private sealed record Watched(string What, int Descriptor, FileIdentity Identity);
}
