using PluginGateway.Cli;
using PluginGateway.Cli.Messages;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Serialization;

namespace PluginGateway.Tests.Cli;

/// <summary>Commands that change many messages in portions, with a store that takes its time.</summary>
public sealed class StoreAnswersTests
{
    private readonly List<ControlRequest> _asked = [];

    [Fact]
    public void Portion_that_is_not_made_in_time_is_asked_for_until_it_is_and_the_next_ones_follow()
    {
        var (changes, error) = MessageCommand.Change(All("resend"), Answers(
            Pending(7), Pending(7), Done([1, 2], after: "5:2"), Done([3])), null);
        Assert.Null(error);
        Assert.Equal([1, 2, 3], changes!.Done);
        Assert.False(changes.More);
        Assert.Equal(["resend", "result", "result", "resend"], _asked.Select(static request => request["action"]));
        Assert.Equal([null, "7", "7", null], _asked.Select(static request => request["number"]));
        Assert.Equal("5:2", _asked[^1]["after"]);
    }

    [Fact]
    public void Change_that_ends_before_all_is_done_says_how_many_are_left_and_how_to_go_on()
    {
        var query = All("drop") with { Adapter = "a", Older = TimeSpan.FromHours(2), NeedsCount = true };
        var (changes, error) = MessageCommand.Change(query, Answers(
            Done([1, 2], after: "5:2"), (null, "The store cannot write: the disk is full."),
            (JsonText.Line(new MessageCount(40, default), MessageJson.Default.MessageCount), null)), null);
        Assert.Equal([1, 2], changes!.Done);
        Assert.Equal(
            "The store cannot write: the disk is full. 2 changed, 40 still parked; to go on with them: "
            + "plugin-gateway outbox drop --all --adapter a --older 7200s --confirm 40", error);
    }

    [Fact]
    public void Store_that_never_answers_is_given_up_with_a_sentence()
    {
        var (answer, error) = StoreAnswers.Ask(
            new ControlRequest("outbox", null), _ => Pending(1), AnswerMetadata.Default.MessageChanges, static changes => changes.Pending, TimeSpan.Zero);
        Assert.Null(answer);
        Assert.Equal("The store has not answered within 0 s. The change is queued and may still be made.", error);
    }

    private static MessageQuery All(string action) => new("outbox", action) { AllParked = true };

    private static (string?, string?) Done(long[] ids, string? after = null) =>
        (JsonText.Line(new MessageChanges(ids, [], after is not null, default) { After = after }, MessageJson.Default.MessageChanges), null);

    private static (string?, string?) Pending(long number) =>
        (JsonText.Line(new MessageChanges([], [], true, default) { Pending = number }, MessageJson.Default.MessageChanges), null);

    private Func<ControlRequest, (string? Result, string? Error)> Answers(params (string?, string?)[] answers)
    {
        var next = 0;
        return request =>
        {
            _asked.Add(request);
            return answers[next++];
        };
    }
}
