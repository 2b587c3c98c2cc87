using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision.Generations;

/// <summary>What a connect returns, through the real loop and a real guard.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public void A_generation_is_attached_with_the_limits_of_its_connection_and_the_next_one_with_its_own()
    {
        var fixture = new SupervisorFixture(
            static generation => new ScriptedAdapter { Connection = new() { MaxTextLength = generation == 1 ? 50 : null } },
            traits: new AdapterTraits { MaxTextLength = 4096, MaxAttachments = 3 }).Connected();
        Assert.Equal((50, 3), (fixture.Attached!.MaxTextLength, fixture.Attached.MaxAttachments));
        fixture.Unit.Post(new GenerationFailed(1, new Failure("lost", "the link died")));
        fixture.UntilConnected(2);
        Assert.Equal(4096, fixture.Attached!.MaxTextLength);
    }

    [Fact]
    public void A_connect_that_returns_null_has_failed_with_that_reason()
    {
        var fixture = new SupervisorFixture(static generation => new ScriptedAdapter { Connection = generation == 1 ? null : ConnectionInfo.Empty });
        fixture.Start();
        fixture.UntilConnected(2);
        fixture.UntilSaid("connect failed: contract: Connect returned null.");
    }

    [Fact]
    public void The_account_is_shown_bounded_to_its_first_line_and_a_change_of_it_is_logged_once()
    {
        var fixture = new SupervisorFixture(static generation => new ScriptedAdapter
        {
            Connection = new() { AccountId = generation == 1 ? "1" : "2", AccountName = $"  A\u001b[31mbot\nand {new string('x', 9000)}" },
        }).Connected();
        Assert.Equal(new ConnectionInfo { AccountId = "1", AccountName = "A\u001b[31mbot" }, fixture.Seen.Connection);
        Assert.Null(fixture.Seen.AccountChange);
        for (var generation = 1; generation < 3; generation++)
        {
            fixture.Unit.Post(new GenerationFailed(generation, new Failure("lost", "the link died")));
            fixture.UntilConnected(generation + 1);
        }

        Assert.Equal("account changed from 1 (A\u001b[31mbot) to 2 (A\u001b[31mbot)", fixture.Seen.AccountChange);
        Assert.Equal((UnitPhase.Connected, false), (fixture.Seen.Phase, fixture.Seen.IsDegraded));
        Assert.Single(fixture.Said, static line => line.Contains("account changed from 1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1", "account changed from 1 (old) to 2 (new)")]
    [InlineData("2", null)]
    [InlineData(null, null)]
    public void An_account_that_is_not_the_one_of_an_earlier_process_is_a_warning(string? kept, string? change)
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter { Connection = new() { AccountId = "2", AccountName = "new" } })
        {
            Kept = new ConnectionInfo { AccountId = kept, AccountName = "old" },
        };
        fixture.Connected();
        fixture.UntilHandled();
        Assert.Equal((UnitPhase.Connected, change), (fixture.Seen.Phase, fixture.Seen.AccountChange));
    }

    [Fact]
    public void A_name_of_spaces_is_none()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter { Connection = new() { AccountId = " ", AccountName = "" } }).Connected();
        Assert.Equal(ConnectionInfo.Empty, fixture.Seen.Connection);
    }
}
