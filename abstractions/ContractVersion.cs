namespace PluginGateway;

/// <summary>Version of the contract. The compiler writes it into every plugin, as the default of a parameter of the attributes that declare an
/// adapter or a handler.</summary>
/// <remarks>The assembly version does not tell it: the first draft of the contract had 1.0.0.0 too, and attributes without the parameter.</remarks>
internal static class ContractVersion
{
    /// <summary>Version of this assembly's contract.</summary>
    public const int Current = 1;
}
