namespace PluginGateway.Configuration.Options;

/// <summary>Limits of the worker of an isolated adapter or handler.</summary>
internal sealed record WorkerOptions
{
    /// <summary>Largest managed heap; native allocations have a bound above that, <see cref="MostBytes"/>.</summary>
    public int MemoryMegabytes { get; init; } = 256;

    /// <summary>Largest number of open descriptors.</summary>
    public int OpenFiles { get; init; } = 1024;

    /// <summary>Niceness, by which the worker gives way to others when the processors are busy: 0 to 19.</summary>
    public int Niceness { get; init; } = 5;

    /// <summary>Largest number of processes and threads of the worker and its children together, where the gateway may divide its control
    /// group.</summary>
    public int Processes { get; init; } = 512;

    /// <summary>Bound of the native allocations, and of the memory of the worker and its children together, in bytes: a managed heap with its
    /// bookkeeping fits, several do not.</summary>
    public long MostBytes => (3L * MemoryMegabytes + 256) * 1024 * 1024;

    /// <summary>Folders and files to which the worker may write besides its own, as full paths separated by line breaks.</summary>
    public string WritePaths { get; init; } = "";

    /// <summary>Folders and files that the worker may read besides the system's and its own, as full paths separated by line breaks.</summary>
    public string ReadPaths { get; init; } = "";

    /// <summary>True when the worker may make sockets in the file system and connect to those of others.</summary>
    public bool UnixSockets { get; init; }

    /// <summary>True when the worker may change the modes of files; never so that they run as the gateway's user.</summary>
    public bool AllowChmod { get; init; }

    /// <summary>True when the worker does not run on a kernel that cannot sandbox it.</summary>
    public bool Require { get; init; }

    /// <summary>Names of variables that the worker gets from the gateway's environment beside the harmless ones, separated by commas.</summary>
    public string Environment { get; init; } = "";

    /// <summary>Reads options over the inherited ones.</summary>
    public static WorkerOptions Read(ObjectReader reader, WorkerOptions inherited, ReadScope scope)
    {
        var names = reader.Texts("environment", Rules.VariableName);
        var read = new WorkerOptions
        {
            MemoryMegabytes = (int)reader.Whole("memoryMegabytes", inherited.MemoryMegabytes, 32, 1_048_576),
            OpenFiles = (int)reader.Whole("openFiles", inherited.OpenFiles, 64, 1_048_576),
            Niceness = (int)reader.Whole("niceness", inherited.Niceness, 0, 19),
            Processes = (int)reader.Whole("processes", inherited.Processes, 64, 1_048_576),
            WritePaths = Paths("writePaths", inherited.WritePaths),
            ReadPaths = Paths("readPaths", inherited.ReadPaths),
            UnixSockets = reader.Flag("unixSockets", inherited.UnixSockets),
            AllowChmod = reader.Flag("allowChmod", inherited.AllowChmod),
            Require = reader.Flag("require", inherited.Require),
            Environment = names.Count > 0 ? string.Join(',', names) : inherited.Environment,
        };
        reader.RejectUnknown();
        return read;

        string Paths(string key, string otherwise)
        {
            var paths = reader.Texts(key, Rules.Folder).Select(path => Path.GetFullPath(path, scope.BaseDirectory)).ToArray();
            return paths.Length > 0 ? string.Join('\n', paths) : otherwise;
        }
    }
}
