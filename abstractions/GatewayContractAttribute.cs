namespace PluginGateway;

/// <summary>Version of the contract for which an assembly was built. The build targets of the package write it; a host refuses a plugin without it. An
/// assembly that generates no assembly information (<c>GenerateAssemblyInfo</c> is false) writes it itself.</summary>
/// <param name="version">The version.</param>
/// <remarks>The assembly version does not tell it: the first draft of the contract had 1.0.0.0 too.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class GatewayContractAttribute(int version) : Attribute
{
    /// <summary>Version of the contract.</summary>
    public int Version { get; } = version;
}
