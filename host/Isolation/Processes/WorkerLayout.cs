namespace PluginGateway.Isolation.Processes;

/// <summary>Where workers run.</summary>
/// <param name="Executable">What is run: this gateway's own executable.</param>
/// <param name="Hidden">Folders and files, by full paths, that no worker may read, except for its own beneath them; as they are when a worker
/// starts.</param>
internal sealed record WorkerLayout(string Executable, Func<IReadOnlyList<string>> Hidden)
{
    /// <summary>Of the gateway's start: what plugins have made of it since counts for nothing.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where workers find the files that they are to send, each in a folder named by its adapter; null: there are none.</summary>
    public string? Outgoing { get; init; }

    /// <summary>The verb that makes the executable a worker; not for people.</summary>
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

    /// <summary>The executable beside this assembly, whatever started it.</summary>
    public static string OwnExecutable { get; } = Path.Combine(AppContext.BaseDirectory, "plugin-gateway");
}
