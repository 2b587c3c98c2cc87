namespace PluginGateway.Loading;

/// <summary>Request to load a plugin for a unit.</summary>
internal sealed record LoadRequest
{
    /// <summary>The plugin's name: its folder and its DLL.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of class that is created from the plugin.</summary>
    public required PluginKind Kind { get; init; }

    /// <summary>The load context's name, which is the unit's id. Two contexts of different names never share statics.</summary>
    public required string ContextName { get; init; }

    /// <summary>The gateway's data directory; the private copy is kept in it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Folders that are searched after <c>plugins</c> beside the executable.</summary>
    public IReadOnlyList<string> PluginPaths { get; init; } = [];

    /// <summary>The pin: the SHA-256 of the DLL, or of the whole folder as <c>check</c> shows it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>True when a pin is required, and must cover the whole folder.</summary>
    public bool RequiresPin { get; init; }

    /// <summary>True when the plugin's code is to run in a worker: then it is verified here and loaded there.</summary>
    public bool Isolated { get; init; }

    /// <summary>True to load into a new context: after a wedge, an abandoned lifecycle call, a reload.</summary>
    public bool Fresh { get; init; }
}
