using PluginGateway.Web.Adapters;

namespace PluginGateway.Tests.Web.Adapters;

public sealed class OpenRequestsTests
{
    private readonly OpenRequests _requests = new();

    [Fact]
    public void An_adapter_has_its_share_open_and_gets_another_when_one_has_ended()
    {
        var open = Enumerable.Range(0, OpenRequests.MostOfAdapter).Select(_ => _requests.Enter("a")!).ToArray();
        Assert.Null(_requests.Enter("a"));
        Assert.NotNull(_requests.Enter("b"));
        open[0].Dispose();
        open[0].Dispose();
        Assert.NotNull(_requests.Enter("a"));
        Assert.Null(_requests.Enter("a"));
        open[1].BecomeStream();
        Assert.NotNull(_requests.Enter("a"));
        open[1].Dispose();
        Assert.Null(_requests.Enter("a"));
    }

    [Fact]
    public void Many_adapters_that_do_not_answer_leave_another_its_part()
    {
        var greedy = OpenRequests.MostOfAll / OpenRequests.MostOfAdapter;
        for (var adapter = 0; adapter < greedy; adapter++)
        {
            for (var i = 0; i < OpenRequests.MostOfAdapter; i++) Assert.NotNull(_requests.Enter($"greedy {adapter}"));
        }

        for (var i = 0; i < OpenRequests.MostOfAll / (greedy + 1); i++) Assert.NotNull(_requests.Enter("quiet"));
        Assert.Null(_requests.Enter("quiet"));
    }

    [Fact]
    public void Bytes_of_answers_are_bounded_for_each_adapter_until_they_are_written()
    {
        var (one, other) = (_requests.Enter("a")!, _requests.Enter("a")!);
        Assert.True(one.TryHold(OpenRequests.MostBytes));
        Assert.False(other.TryHold(1));
        Assert.True(_requests.Enter("b")!.TryHold(1));
        one.BecomeStream();
        Assert.False(other.TryHold(1));
        one.Dispose();
        Assert.True(other.TryHold(1));
        Assert.False(other.TryHold(OpenRequests.MostBytes));
    }
}
