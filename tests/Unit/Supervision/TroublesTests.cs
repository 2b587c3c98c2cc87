using PluginGateway.Guard;
using PluginGateway.Loading;
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

    [Fact]
    public void A_run_that_ends_is_a_trouble_however_it_ends()
    {
        var run = new RunCall(null);
        run.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
        Assert.Equal(new Trouble("connection-ended", "the connection ended: RunAsync returned"), Troubles.OfRun(run));
        var failed = new RunCall(null);
        failed.Finish(new CallEnd(CallEndKind.Failed, CallStage.Awaiting, TimeSpan.Zero, CallFailure.Of(new InvalidOperationException("no"))));
        Assert.Equal(new Trouble("run-failed", "run failed: System.InvalidOperationException: no"), Troubles.OfRun(failed));
    }

    [Fact]
    public void A_load_that_was_refused_has_the_loaders_code_and_says_who_can_mend_it()
    {
        Assert.Equal(new Trouble("plugin-not-found", "not there", TroubleKind.Operator), Of(new PluginLoadException(LoadCode.PluginNotFound, "not there")));
        Assert.Equal(new Trouble("staging-failed", "disk full"), Of(new PluginLoadException(LoadCode.StagingFailed, "disk full")));

        static Trouble? Of(Exception exception)
        {
            var load = new WorkCall<object>(Operation.Load, static () => new object(), null);
            load.Finish(new CallEnd(CallEndKind.Failed, CallStage.Entered, TimeSpan.Zero, CallFailure.Of(exception)));
            return Troubles.Of(load);
        }
    }

    [Fact]
    public void Settings_with_problems_park_with_the_first_twenty_of_them_and_good_ones_are_no_trouble()
    {
        var problems = Enumerable.Range(1, 21).Select(static number => new SettingsProblem($"key{number}", "is wrong\nvery")).ToArray();
        var trouble = Of(new SettingsReport(problems))!;
        Assert.Equal((AdapterFault.InvalidSettingsCode, TroubleKind.Operator), (trouble.Code, trouble.Kind));
        Assert.Equal("settings: " + string.Join("; ", problems.Take(20).Select(static problem => $"{problem.Key}: is wrong")), trouble.Message);
        Assert.Null(Of(SettingsReport.Good));

        static Trouble? Of(SettingsReport report)
        {
            var call = new ValidateSettingsCall(null);
            call.Accept(report);
            call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
            return Troubles.Of(call);
        }
    }

    [Fact]
    public void An_operation_is_named_in_the_operators_words()
    {
        Assert.Equal("validate-settings", Troubles.Name(Operation.ValidateSettings));
        Assert.Equal("connect", Troubles.Name(Operation.Connect));
    }

    private static Trouble Of(string operation, string stage)
    {
        var call = new WorkCall<object>(Enum.Parse<Operation>(operation), static () => new object(), null);
        call.Finish(new CallEnd(CallEndKind.Overdue, Enum.Parse<CallStage>(stage), TimeSpan.FromSeconds(10), null));
        return Troubles.Of(call)!;
    }
}
