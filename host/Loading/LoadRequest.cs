namespace PluginGateway.Loading;

/// <summary>Which plugin to load, and for whom.</summary>
internal sealed record LoadRequest
{
    /// <summary>The plugin's name: its folder and its DLL.</summary>
    public required string Name { get; init; }

    /// <summary>What it is loaded for.</summary>
    public required PluginKind Kind { get; init; }

    /// <summary>The load context's name, which is the adapter id. Two names never share statics.</summary>
    public required string ContextName { get; init; }

    /// <summary>The gateway's data directory; the private copy is kept in it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Folders to look in after <c>plugins</c> beside the executable.</summary>
    public IReadOnlyList<string> PluginPaths { get; init; } = [];

    /// <summary>The pin: the SHA-256 of the DLL, or of the whole folder as <c>check</c> shows it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Whether the pin must be there, and cover the whole folder.</summary>
    public bool RequiresPin { get; init; }

    /// <summary>Whether its code is to run in a process of its own: then it is verified here and loaded there.</summary>
    public bool Isolated { get; init; }

    /// <summary>Whether to start over in a new context: after a wedge, an abandoned lifecycle call, a reload.</summary>
    public bool Fresh { get; init; }
}
