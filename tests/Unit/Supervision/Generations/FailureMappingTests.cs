using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Generations;

public sealed class FailureMappingTests
{
    [Theory]
    [InlineData("Load", "load blocked before its first await for 10 s; its module initializer")]
    [InlineData("Create", "create blocked before its first await for 10 s; its constructor")]
    public void A_load_or_a_constructor_that_hangs_is_a_wedge_with_a_remedy(string operation, string sentence)
    {
        var failure = Of(operation, "Entered");
        Assert.Equal((FailureKind.Wedged, true, $"{operation.ToLowerInvariant()}-timeout"), (failure.Kind, failure.FreshContext, failure.Code));
        Assert.StartsWith(sentence, failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("or raise timeouts.loadSeconds", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Connect", "Awaiting")]
    [InlineData("ValidateSettings", "Entered")]
    [InlineData("Load", "NotEntered")]
    public void Any_other_call_that_hangs_is_tried_again_in_a_fresh_context(string operation, string stage)
    {
        var failure = Of(operation, stage);
        Assert.Equal((FailureKind.Retry, true), (failure.Kind, failure.FreshContext));
    }

    [Theory]
    [InlineData(FaultRetry.WithBackoff, false)]
    [InlineData(FaultRetry.AfterOperatorAction, true)]
    public void A_fault_says_itself_who_can_mend_it(FaultRetry retry, bool parks)
    {
        var failure = FailureMapping.Of(new PluginFault("code", "first line\nsecond", retry));
        Assert.Equal(("code", "first line", parks ? FailureKind.Operator : FailureKind.Retry), (failure.Code, failure.Message, failure.Kind));
    }

    [Fact]
    public void A_run_that_ends_is_a_trouble_however_it_ends()
    {
        var run = new RunCall(null);
        run.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
        Assert.Equal(new Failure("connection-ended", "the connection ended: RunAsync returned"), FailureMapping.OfRun(run));
        var failed = new RunCall(null);
        failed.Finish(new CallEnd(CallEndKind.Failed, CallStage.Awaiting, TimeSpan.Zero, CallFailure.Of(new InvalidOperationException("no"))));
        Assert.Equal(new Failure("run-failed", "run failed: System.InvalidOperationException: no"), FailureMapping.OfRun(failed));
    }

    [Fact]
    public void A_load_that_was_refused_has_the_loaders_code_and_says_who_can_mend_it()
    {
        Assert.Equal(
            new Failure("plugin-not-found", "not there", FailureKind.Operator), Of(new PluginLoadException(LoadCode.PluginNotFound, "not there")));
        Assert.Equal(new Failure("staging-failed", "disk full"), Of(new PluginLoadException(LoadCode.StagingFailed, "disk full")));

        static Failure? Of(Exception exception)
        {
            var load = new WorkCall<object>(Operation.Load, static () => new object(), null);
            load.Finish(new CallEnd(CallEndKind.Failed, CallStage.Entered, TimeSpan.Zero, CallFailure.Of(exception)));
            return FailureMapping.Of(load);
        }
    }

    [Fact]
    public void Settings_with_problems_park_with_the_first_twenty_of_them_and_good_ones_are_no_trouble()
    {
        var problems = Enumerable.Range(1, 21).Select(static number => new SettingsProblem($"key{number}", "is wrong\nvery")).ToArray();
        var failure = Of(new SettingsReport(problems))!;
        Assert.Equal((PluginFault.InvalidSettingsCode, FailureKind.Operator), (failure.Code, failure.Kind));
        Assert.Equal("settings: " + string.Join("; ", problems.Take(20).Select(static problem => $"{problem.Key}: is wrong")), failure.Message);
        Assert.Null(Of(SettingsReport.Good));

        static Failure? Of(SettingsReport report)
        {
            var call = new ValidateSettingsCall(null);
            call.Accept(report);
            call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
            return FailureMapping.Of(call);
        }
    }

    [Fact]
    public void An_operation_is_named_in_the_operators_words()
    {
        Assert.Equal("validate-settings", FailureMapping.Name(Operation.ValidateSettings));
        Assert.Equal("connect", FailureMapping.Name(Operation.Connect));
    }

    private static Failure Of(string operation, string stage)
    {
        var call = new WorkCall<object>(Enum.Parse<Operation>(operation), static () => new object(), null);
        call.Finish(new CallEnd(CallEndKind.Overdue, Enum.Parse<CallStage>(stage), TimeSpan.FromSeconds(10), null));
        return FailureMapping.Of(call)!;
    }
}
