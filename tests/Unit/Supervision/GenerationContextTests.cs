using Moq;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Lanes;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Tests.Supervision;

/// <summary>What a plugin may tell the host through its context, and when nobody listens any more.</summary>
public sealed class GenerationContextTests
{
    private readonly GenerationFence _fence = new();
    private readonly List<PluginFault> _faults = [];
    private readonly List<AdapterHealth> _said = [];
    private readonly GenerationContext _context;

    public GenerationContextTests() => _context = new GenerationContext(
        7,
        PluginSettings.Empty,
        new AdapterServices(Mock.Of<IInbox>(), Mock.Of<IAdapterState>(), Mock.Of<IEventTopics>(), Mock.Of<IPluginLog>(), "own"),
        "plugin",
        TimeProvider.System,
        new GuardOptions("unit", 8, new CallTimeouts(), Mock.Of<ILaneObserver>()),
        new GenerationReports(_fence, _faults.Add, latest => _said.Add(latest())));

    [Fact]
    public void The_first_fault_of_a_generation_counts_and_none_once_it_is_retired()
    {
        _context.ReportFatal(new PluginFault("a", "first"));
        _context.ReportFatal(new PluginFault("b", "second"));
        Assert.Equal("a", Assert.Single(_faults).Code);
    }

    [Fact]
    public void A_retired_generation_is_not_heard()
    {
        _fence.Retire();
        _context.ReportFatal(new PluginFault("a", "late"));
        _context.ReportHealth(new AdapterHealth(false, "late"));
        Assert.Empty(_faults);
        Assert.Empty(_said);
    }

    [Fact]
    public void Whatever_it_says_of_its_health_is_passed_on()
    {
        _context.ReportHealth(new AdapterHealth(false, "slow"));
        _context.ReportHealth(new AdapterHealth(true, "fine"));
        Assert.Equal(["slow", "fine"], _said.Select(static health => health.Message));
    }

    [Fact]
    public void Nothing_is_no_report()
    {
        Assert.Throws<ArgumentNullException>(() => _context.ReportFatal(null!));
        Assert.Throws<ArgumentNullException>(() => _context.ReportHealth(null!));
    }
}
