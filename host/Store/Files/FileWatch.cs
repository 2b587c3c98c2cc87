using PluginGateway.Posix;

namespace PluginGateway.Store.Files;

/// <summary>Change of the files on which a store depends.</summary>
/// <param name="Sentence">The finding.</param>
/// <param name="IsOpen">False: a descriptor of the store was closed, or refers to another file: nothing may be written through it.</param>
/// <param name="IsDeleted">True: the database has no name any more; its contents end with the process.</param>
/// <param name="IsNamed">True: the database is still the file with its name.</param>
internal sealed record FileChange(string Sentence, bool IsOpen, bool IsDeleted, bool IsNamed);

/// <summary>Compares the open files with those that have their names: messages written to a store that was replaced or removed under its gateway
/// would be lost. Only the writer's thread; throws and allocates nothing while all is well.</summary>
internal sealed class FileWatch
{
    private readonly string _path;
    private readonly string _folder;
    private readonly Watched[] _files;

    private FileWatch(string path, string folder, Watched[] files) => (_path, _folder, _files) = (path, folder, files);

    /// <summary>Watches a database that has just been opened and written to by the only connection of this process. Null when the system does not
    /// tell files apart.</summary>
    public static FileWatch? Of(string path)
    {
        var full = Path.GetFullPath(path);
        if (FileIdentity.Read(full) is null) return null;
        var open = OpenDescriptors.All();
        Watched[] files = [.. ((string[])[full, full + "-wal", full + "-shm"]).Select(file => Watch(file, open)).OfType<Watched>()];
        return new(full, Path.GetDirectoryName(full)!, files);
    }

    /// <summary>Checks that every descriptor is still the file that was opened; null when so. To be called before each write.</summary>
    public FileChange? CheckDescriptors()
    {
        foreach (var file in _files)
        {
            foreach (var descriptor in file.Descriptors)
            {
                if (FileIdentity.Read(descriptor) is { } open && open.IsSameFile(file.Identity)) continue;
                return new($"the descriptor of '{file.Path}' was closed or means another file: something in this process has closed it",
                    IsOpen: false, IsDeleted: false, IsNamed: false);
            }
        }

        return null;
    }

    /// <summary>Checks that the names still refer to the open files; null when so.</summary>
    public FileChange? CheckNames()
    {
        foreach (var file in _files)
        {
            var named = FileIdentity.Read(file.Name);
            if (named is { } found && found.IsSameFile(file.Identity)) continue;
            return new(SentenceOf(file, named is null), IsOpen: true, IsDeleted(), IsNamed());
        }

        return null;
    }

    private string SentenceOf(Watched file, bool isGone) =>
        isGone && FileIdentity.Read(_folder) is null
        ? $"the folder '{_folder}' was moved or removed"
        : $"'{file.Path}' was {(isGone ? "moved or removed" : "replaced by another file")}";

    private bool IsNamed() => FileIdentity.Read(_path) is { } named && named.IsSameFile(_files[0].Identity);

    private bool IsDeleted() => _files[0].Descriptors is [var descriptor, ..] && FileIdentity.Read(descriptor) is { Links: 0 };

    private static Watched? Watch(string path, IReadOnlyList<int> open) => FileIdentity.Read(path) is not { } identity ? null
        : new(path, FileIdentity.Name(path), identity,
            [.. open.Where(descriptor => FileIdentity.Read(descriptor) is { } found && found.IsSameFile(identity))]);

    private sealed record Watched(string Path, byte[] Name, FileIdentity Identity, int[] Descriptors);
}
