using PluginGateway.Guard.Calls;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Guard.Calls;

/// <summary>What is kept of a call's end, and the phrase that an operator reads.</summary>
public sealed class CallEndTests
{
    [Theory]
    [InlineData("Overdue", "NotEntered", "did not get a thread within 1.5 s")]
    [InlineData("Overdue", "Entered", "blocked before its first await for 1.5 s")]
    [InlineData("Overdue", "Awaiting", "did not finish within 1.5 s")]
    [InlineData("Refused", "NotEntered", "was not entered: the generation had been retired")]
    [InlineData("Completed", "Awaiting", "completed")]
    [InlineData("Open", "Awaiting", "is open")]
    public void Every_end_has_its_phrase(string kind, string stage, string phrase) =>
        Assert.Equal(phrase, new CallEnd(Enum.Parse<CallEndKind>(kind), Enum.Parse<CallStage>(stage), TimeSpan.FromSeconds(1.5), null).Describe());

    [Fact]
    public void A_failure_is_told_with_its_type_unless_the_plugin_or_the_loader_has_said_it_in_its_own_words()
    {
        Assert.Equal("System.InvalidOperationException: no", Described(new InvalidOperationException("no")));
        Assert.Equal("bad token", Described(new PluginException(new PluginFault("unauthorized", "bad token"))));
        Assert.Equal("no such file", Described(new PluginLoadException(LoadCode.StagingFailed, "no such file")));
        Assert.Equal("away", Described(new RetryLaterException("away")));
        Assert.Equal("contract: Send returned null.", Failed(CallFailure.Broken("Send returned null.")).Describe());
    }

    [Fact]
    public void Of_an_exception_its_name_and_the_first_line_of_its_message_are_kept()
    {
        Assert.Equal("first", CallFailure.Of(new InvalidOperationException("first\r\nsecond")).Text);
        Assert.Equal(new string('x', 500), CallFailure.Of(new InvalidOperationException(new string('x', 501))).Text);
        Assert.Equal("", CallFailure.Of(new Speechless(null)).Text);
        Assert.Equal("(its Message threw System.NotSupportedException)", CallFailure.Of(new Speechless(new NotSupportedException())).Text);
    }

    [Fact]
    public void Thousands_of_exceptions_in_one_another_or_in_a_circle_are_told_by_their_cause_on_a_small_stack()
    {
        Exception nested = new InvalidOperationException("the cause");
        for (var i = 0; i < 20; i++) nested = new AggregateException(nested);
        Assert.Equal(("System.AggregateException", "System.InvalidOperationException: the cause"), TypeAndText(CallFailure.Of(nested)));
        for (var i = 0; i < 20_000; i++) nested = new AggregateException(nested);
        var text = "";
        var thread = new Thread(() => text = CallFailure.Of(nested).Text + ExceptionText.Of(nested) + PluginContexts.NameOf(nested), 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Contains("many exceptions, one in another", text, StringComparison.Ordinal);
        var circle = new InvalidOperationException("round and round");
        typeof(Exception).GetField("_innerException", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!
            .SetValue(circle, circle);
        Assert.Null(PluginContexts.NameOf(circle));
    }

    [Fact]
    public void Of_a_task_that_failed_it_is_the_exception_itself_and_a_cancelled_one_has_none()
    {
        Assert.Equal(("System.NotSupportedException", "no"), TypeAndText(CallFailure.Of(Task.FromException(new NotSupportedException("no")))));
        Assert.Equal(
            ("OperationCanceledException", "It was cancelled."), TypeAndText(CallFailure.Of(Task.FromCanceled(new CancellationToken(true)))));
    }

    private static string Described(Exception exception) => Failed(CallFailure.Of(exception)).Describe();

    private static CallEnd Failed(CallFailure failure) => new(CallEndKind.Failed, CallStage.Entered, TimeSpan.Zero, failure);

    private static (string Type, string Text) TypeAndText(CallFailure failure) => (failure.Type, failure.Text);

    /// <summary>Has no message, or throws when it is asked for it.</summary>
    private sealed class Speechless(Exception? onMessage) : Exception
    {
        public override string Message => onMessage is null ? null! : throw onMessage;
    }
}
