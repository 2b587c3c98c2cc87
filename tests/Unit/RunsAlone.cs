namespace PluginGateway.Tests;

/// <summary>Tests that look at the whole process, or send it signals: no others run meanwhile.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class RunsAlone;
