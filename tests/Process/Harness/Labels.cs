using Xunit.v3;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>This test proves one item of the acceptance list; <see cref="Promises"/> has them all, and its test sees that none is without
/// proof.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
internal sealed class AcceptanceAttribute(int item) : Attribute, ITraitAttribute
{
    public int Item => item;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Acceptance", $"{item}")];
}

/// <summary>This test proves that a behaviour of the gateway this one follows holds here too; <see cref="Promises"/> has them all.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
internal sealed class OriginalAttribute(string row) : Attribute, ITraitAttribute
{
    public string Row => row;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Original", row)];
}
