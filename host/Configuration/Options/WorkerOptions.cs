namespace PluginGateway.Configuration.Options;

/// <summary>What the process of an isolated adapter may use.</summary>
internal sealed record WorkerOptions
{
    /// <summary>The most its managed heap may hold; what it allocates natively has a bound above that.</summary>
    public int MemoryMegabytes { get; init; } = 256;

    /// <summary>How many descriptors it may have open.</summary>
    public int OpenFiles { get; init; } = 1024;

    /// <summary>How much it gives way to others when the processors are busy: 0 to 19.</summary>
    public int Niceness { get; init; } = 5;

    /// <summary>How many processes and threads it and whatever it starts may have together, where the gateway may divide its control group.</summary>
    public int Processes { get; init; } = 512;

    /// <summary>What it allocates natively, and with whatever it starts uses together, is bounded by this, in bytes: a managed heap with its bookkeeping fits, several do not.</summary>
    public long MostBytes => (3L * MemoryMegabytes + 256) * 1024 * 1024;

    /// <summary>Folders and files it may write to besides its own, as full paths separated by line breaks.</summary>
    public string WritePaths { get; init; } = "";

    /// <summary>Folders and files it may read besides the system's and its own, as full paths separated by line breaks.</summary>
    public string ReadPaths { get; init; } = "";

    /// <summary>The worker may make sockets in the file system and connect to those of others.</summary>
    public bool UnixSockets { get; init; }

    /// <summary>The worker may change the modes of files; never so that they run as the gateway's user.</summary>
    public bool AllowChmod { get; init; }

    /// <summary>Where the kernel cannot keep it in its sandbox, it does not run.</summary>
    public bool Require { get; init; }

    /// <summary>Names of variables it gets from the gateway's environment beside the harmless ones, separated by commas.</summary>
    public string Environment { get; init; } = "";

    /// <summary>What the object says, laid over what is inherited.</summary>
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
