using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>The account of each connection, and the warning about another one.</summary>
public sealed class AccountTests
{
    private readonly MachineFixture _fixture = new();

    public AccountTests() => _fixture.Apply(new EnableCommand());

    [Fact]
    public void The_limits_of_a_connection_go_with_its_attachment_and_its_account_is_kept_while_it_is_away()
    {
        var attach = Assert.IsType<Attach>(Assert.Single(Connect("1", "bot", maxTextLength: 50)));
        Assert.Equal(50, attach.Connection.MaxTextLength);
        Assert.Equal("1", _fixture.State.Connection.AccountId);
        Lose();
        Assert.Equal("1", _fixture.State.Connection.AccountId);
        Assert.Null(_fixture.State.AccountChange);
    }

    [Fact]
    public void Another_account_after_a_reconnect_is_a_warning_that_stays_until_the_operator_reconnects_and_parks_nothing()
    {
        Connect("1", "old");
        Lose();
        Connect("2", "new");
        Assert.Equal((UnitPhase.Connected, "account changed from 1 (old) to 2 (new)"), (_fixture.State.Phase, _fixture.State.AccountChange));
        Lose();
        Connect("2", "new");
        Assert.Equal("account changed from 1 (old) to 2 (new)", _fixture.State.AccountChange);

        _fixture.Apply(new EnableCommand());
        Assert.Null(_fixture.State.AccountChange);
        Climb();
        Connect("2", "new");
        Assert.Null(_fixture.State.AccountChange);
    }

    [Fact]
    public void An_account_that_is_new_after_the_operators_own_reconnect_is_a_warning_too()
    {
        Connect("1", null);
        _fixture.Apply(new EnableCommand());
        Climb();
        Connect("2", null);
        Assert.Equal("account changed from 1 to 2", _fixture.State.AccountChange);
        _fixture.Apply(new DisableCommand("off"));
        _fixture.Apply(new EnableCommand());
        Assert.Null(_fixture.State.AccountChange);
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData(null, "1")]
    [InlineData("1", null)]
    public void An_account_of_the_same_id_or_of_none_is_no_change_whatever_its_name(string? before, string? after)
    {
        Connect(before, "old");
        Lose();
        Connect(after, "new");
        Assert.Null(_fixture.State.AccountChange);
        Assert.Equal("new", _fixture.State.Connection.AccountName);
    }

    private void Lose()
    {
        _fixture.Apply(new GenerationFailed(_fixture.State.Generation, new Failure("lost", "the link died")));
        Climb();
    }

    /// <summary>Goes on to the connect of the next generation.</summary>
    private void Climb()
    {
        _fixture.EndTeardowns();
        _fixture.Pass(TimeSpan.FromHours(2));
        _fixture.Apply(new Tick());
        Assert.Equal(UnitPhase.Loading, _fixture.State.Phase);
    }

    private IReadOnlyList<UnitEffect> Connect(string? id, string? name, int? maxTextLength = null)
    {
        foreach (var step in (UnitStep[])[UnitStep.Load, UnitStep.Create, UnitStep.Validate])
            _fixture.Apply(new StepEnded(_fixture.State.Generation, step));
        return _fixture.Apply(new StepEnded(_fixture.State.Generation, UnitStep.Connect)
        {
            Connection = new ConnectionInfo { AccountId = id, AccountName = name, MaxTextLength = maxTextLength },
        });
    }
}
