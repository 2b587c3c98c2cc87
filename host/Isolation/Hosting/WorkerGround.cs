namespace PluginGateway.Isolation.Hosting;

/// <summary>Where workers run.</summary>
/// <param name="Executable">What is run: this gateway's own executable.</param>
/// <param name="Hidden">Folders and files that no worker may read, except for its own beneath them.</param>
/// <param name="Media">The folder of the files that belong to messages; their names are what is in them. Null: there is none.</param>
internal sealed record WorkerGround(string Executable, IReadOnlyList<string> Hidden, string? Media = null)
{
    /// <summary>The verb that makes the executable a worker; not for people.</summary>
    public const string Verb = "worker";

    /// <summary>The descriptor on which a worker finds its connection.</summary>
    public const int Descriptor = 3;

    /// <summary>The descriptor on which it finds the rules about its files, if there are any.</summary>
    public const int RulesDescriptor = 4;

    /// <summary>The last argument of a worker that has taken them on and started over, so that every one of its threads keeps to them.</summary>
    public const string Narrowed = "narrowed";

    /// <summary>The executable beside this assembly, whatever started it.</summary>
    public static string OwnExecutable { get; } = Path.Combine(AppContext.BaseDirectory, "plugin-gateway");
}
