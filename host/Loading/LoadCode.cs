using System.Text;

namespace PluginGateway.Loading;

/// <summary>Reason for which a plugin was refused. The names, in kebab case, are stable: operators search for them.</summary>
internal enum LoadCode
{
    /// <summary>No folder or no DLL of that name in the plugin folders.</summary>
    PluginNotFound,

    /// <summary>The name or a symbolic link leads out of the plugins folder.</summary>
    PathOutside,

    /// <summary>The operator's copy cannot be read.</summary>
    Unreadable,

    /// <summary>The private copy cannot be written. Worth another try.</summary>
    StagingFailed,

    /// <summary>The content differs from the pin in the configuration.</summary>
    HashMismatch,

    /// <summary>The plugin is not pinned as a whole, and the configuration requires that of every plugin.</summary>
    PinMissing,

    /// <summary>The DLL has no bytes.</summary>
    EmptyFile,

    /// <summary>The file is text, truncated, or a native library: .NET cannot load it.</summary>
    NotAnAssembly,

    /// <summary>The DLL is built for another processor or system.</summary>
    WrongArchitecture,

    /// <summary>The <c>.deps.json</c> is missing.</summary>
    DepsMissing,

    /// <summary>The <c>.deps.json</c> cannot be understood.</summary>
    DepsInvalid,

    /// <summary>A library that the plugin needs is not in its folder.</summary>
    DependencyMissing,

    /// <summary>The plugin needs a shared framework, or a version of it, that the host does not run on.</summary>
    FrameworkMissing,

    /// <summary>The assembly declares no class of the wanted kind, or one that does not implement it.</summary>
    NoAdapter,

    /// <summary>The assembly declares more than one of a kind.</summary>
    TwoAdapters,

    /// <summary>The attribute's arguments are outside the limits of the contract.</summary>
    InvalidDeclaration,

    /// <summary>The class cannot be created: abstract, generic, or without a public constructor that takes the context.</summary>
    NoConstructor,

    /// <summary>The assembly does not say for which version of the contract it was built.</summary>
    ContractMissing,

    /// <summary>The plugin needs types or members of the abstractions that this gateway does not have.</summary>
    ContractNewer,

    /// <summary>The plugin was built against a contract that this gateway no longer supports.</summary>
    ContractOlderMajor,

    /// <summary>A warning only: the plugin ships its own abstractions, which the gateway's replace.</summary>
    OwnContractCopy,

    /// <summary>A warning only: the plugin calls <c>Environment.Exit</c>, which ends the gateway.</summary>
    EndsProcess,

    /// <summary>A type or method of the plugin cannot be loaded or compiled.</summary>
    TypeLoadFailed,

    /// <summary>The plugin's module initializer threw.</summary>
    ModuleInitializerFailed,

    /// <summary>The plugin's constructor, or a static constructor it runs, threw.</summary>
    ConstructorFailed,
}

/// <summary>Names of <see cref="LoadCode"/> in kebab case.</summary>
internal static class LoadCodes
{
    private static readonly Dictionary<LoadCode, string> Words =
        Enum.GetValues<LoadCode>().ToDictionary(static code => code, static code => Kebab(code.ToString()));

    /// <summary>Returns the code as operators see it, for example <c>dependency-missing</c>.</summary>
    public static string Word(this LoadCode code) => Words[code];

    /// <summary>Returns true when the same files may load at another time, without the operator.</summary>
    public static bool IsRetryable(this LoadCode code) =>
        code is LoadCode.StagingFailed or LoadCode.ModuleInitializerFailed or LoadCode.ConstructorFailed;

    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
