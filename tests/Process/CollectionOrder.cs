using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Order of the classes of this project: those with tests of more than 20 s first.</summary>
public sealed class CollectionOrder() : LongestFirst(
    typeof(ReadmeTests), typeof(KillTests), typeof(VerbTests), typeof(WorkerTests), typeof(ScheduleTests), typeof(BackendTests),
    typeof(ShippedAdapterTests), typeof(FirstChanceTests), typeof(SandboxTests));
