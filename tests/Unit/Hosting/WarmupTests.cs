using PluginGateway.Control;
using PluginGateway.Hosting;
using PluginGateway.Tests.Architecture;

namespace PluginGateway.Tests.Hosting;

public sealed class WarmupTests
{
    private int _asked;

    /// <summary>PrepareMethod throws for what has no body, and a method that is warmed up need not be compiled again.</summary>
    [Fact]
    public void Everything_can_be_compiled_and_the_status_is_asked_once()
    {
        Warmup.Run([new Verb(this)]);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public void Every_folder_that_is_to_be_compiled_early_exists() => Assert.All(Warmup.Folders, static folder =>
        Assert.Contains(HostCode.Types(), type => (HostCode.NamespaceOf(type) + ".").StartsWith(folder + ".", StringComparison.Ordinal)));

    private sealed class Verb(WarmupTests test) : IControlVerb
    {
        public string Name => "status";

        public ControlReply Execute(ControlRequest request)
        {
            test._asked++;
            return ControlReply.Done("{}");
        }
    }
}
