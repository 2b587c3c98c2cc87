using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Configuration;

/// <summary>What every Read method needs besides its own object.</summary>
/// <param name="Problems">Where problems go.</param>
/// <param name="References">Resolves <c>${env:...}</c> and <c>${file:...}</c>.</param>
/// <param name="Secrets">What was resolved, for the redactor.</param>
/// <param name="BaseDirectory">The folder relative paths in the file start from.</param>
/// <param name="Disconnect">The disconnect bound the environment demands, above everything the file says.</param>
internal sealed record ReadScope(
    ProblemList Problems, SecretReferences References, SecretSet Secrets, string BaseDirectory, TimeSpan? Disconnect);
