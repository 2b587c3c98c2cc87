using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Tests.Configuration.Options;

public sealed class StopLimitTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(20, null, false)]
    [InlineData(80, null, false)]
    [InlineData(81, null, true)]
    [InlineData(20, "30", false)]
    [InlineData(20.5, "30", true)]
    [InlineData(20, "10", true)]
    [InlineData(3600, "3610", false)]
    public void A_stop_that_takes_longer_than_the_manager_waits_is_a_warning(double budget, string? limit, bool warns)
    {
        if (limit is not null) _folder.Environment[StopLimit.Variable] = limit;
        var result = _folder.Load(ConfigurationFolder.Gateway(FormattableString.Invariant($"\"shutdownBudgetSeconds\": {budget}")));
        Assert.NotNull(result.Configuration);
        Assert.Equal(warns,
            ConfigurationFolder.Lines(result, ProblemSeverity.Warning).Any(static line => line.Contains("service print", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_limit_that_is_no_number_is_a_warning()
    {
        _folder.Environment[StopLimit.Variable] = "5min";
        Assert.Contains("'5min' is not a number of seconds", Assert.Single(_folder.Load("{}").Problems).ToString(), StringComparison.Ordinal);
    }
}
