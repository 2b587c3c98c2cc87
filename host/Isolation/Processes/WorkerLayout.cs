namespace PluginGateway.Isolation.Processes;

/// <summary>Layout of the workers' files.</summary>
/// <param name="Executable">The executable of workers: this gateway's own.</param>
/// <param name="Hidden">Folders and files, by full paths, that no worker may read, except for its own beneath them; as they are when a worker
/// starts.</param>
internal sealed record WorkerLayout(string Executable, Func<IReadOnlyList<string>> Hidden)
{
    /// <summary>Environment of the gateway at its start: later changes by plugins are ignored.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder with the files that workers are to send, in one folder for each adapter; null: none.</summary>
    public string? Outgoing { get; init; }

    /// <summary>Largest size of a file of a reply, in bytes.</summary>
    public long MaxFileBytes { get; init; }

    /// <summary>Name of the folder, in a worker's own, for temporary and fetched files.</summary>
    public const string Temporary = ".tmp";

    /// <summary>Internal verb that makes the executable a worker; not a command for operators.</summary>
    public const string Verb = "worker";

    /// <summary>The descriptor on which a worker finds its connection.</summary>
    public const int Descriptor = 3;

    /// <summary>The descriptor on which it finds the rules about its files, if there are any.</summary>
    public const int RulesDescriptor = 4;

    /// <summary>The argument before the terms of the sandbox that a worker is to take on.</summary>
    public const string Restrict = "restrict";

    /// <summary>The argument before those that are in force, of a worker that has started over, so that every one of its threads keeps to
    /// them.</summary>
    public const string Restricted = "restricted";

    /// <summary>The executable beside this assembly, also if another host program started it.</summary>
    public static string OwnExecutable { get; } = Path.Combine(AppContext.BaseDirectory, "plugin-gateway");
}
