using PluginGateway.Guard;
using PluginGateway.Supervision;

namespace PluginGateway.Tests.Supervision;

public sealed class TroublesTests
{
    [Theory]
    [InlineData("Load", "load blocked before its first await for 10 s; its module initializer")]
    [InlineData("Create", "create blocked before its first await for 10 s; its constructor")]
    public void A_load_or_a_constructor_that_hangs_is_a_wedge_with_a_remedy(string operation, string sentence)
    {
        var trouble = Of(operation, "Entered");
        Assert.Equal((TroubleKind.Wedged, true, $"{operation.ToLowerInvariant()}-timeout"), (trouble.Kind, trouble.FreshContext, trouble.Code));
        Assert.StartsWith(sentence, trouble.Message, StringComparison.Ordinal);
        Assert.EndsWith("or raise timeouts.loadSeconds", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Connect", "Awaiting")]
    [InlineData("ValidateSettings", "Entered")]
    [InlineData("Load", "NotEntered")]
    public void Any_other_call_that_hangs_is_tried_again_in_a_fresh_context(string operation, string stage)
    {
        var trouble = Of(operation, stage);
        Assert.Equal((TroubleKind.Retry, true), (trouble.Kind, trouble.FreshContext));
    }

    [Theory]
    [InlineData(FaultRetry.WithBackoff, false)]
    [InlineData(FaultRetry.AfterOperatorAction, true)]
    public void A_fault_says_itself_who_can_mend_it(FaultRetry retry, bool parks)
    {
        var trouble = Troubles.Of(new AdapterFault("code", "first line\nsecond", retry));
        Assert.Equal(("code", "first line", parks ? TroubleKind.Operator : TroubleKind.Retry), (trouble.Code, trouble.Message, trouble.Kind));
    }

    private static Trouble Of(string operation, string stage)
    {
        var call = new WorkCall<object>(Enum.Parse<Operation>(operation), static () => new object(), null);
        call.Finish(new CallEnd(CallEndKind.Overdue, Enum.Parse<CallStage>(stage), TimeSpan.FromSeconds(10), null));
        return Troubles.Of(call)!;
    }
}
