namespace PluginGateway.ProcessTests.Harness;

/// <summary>Tests that measure times: no others run meanwhile.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class RunsAlone;
