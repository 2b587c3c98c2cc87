using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Configuration;

/// <summary>Services that every Read method needs besides its own object.</summary>
/// <param name="Problems">Collects problems.</param>
/// <param name="References">Resolves <c>${env:...}</c> and <c>${file:...}</c>.</param>
/// <param name="Secrets">Collects the resolved secrets, for the redactor.</param>
/// <param name="BaseDirectory">The folder from which relative paths in the file start.</param>
/// <param name="Disconnect">The disconnect bound of the environment, which overrides every value of the file.</param>
internal sealed record ReadScope(
    ProblemList Problems, SecretReferences References, SecretSet Secrets, string BaseDirectory, TimeSpan? Disconnect);
