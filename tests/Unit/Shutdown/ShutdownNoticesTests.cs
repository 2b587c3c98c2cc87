using System.Diagnostics;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Loading;
using PluginGateway.Shutdown;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Shutdown;

/// <summary>The original's rows <c>_bounded_shutdown_send</c> and <c>notified set</c>, and item 2 of the acceptance list.</summary>
public sealed class ShutdownNoticesTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(0.1);

    private readonly List<string> _sent = [];

    [Acceptance(2)]
    [Original("_bounded_shutdown_send")]
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_notice_that_never_completes_has_no_result_and_counts_as_told_and_the_next_place_is_still_notified(bool synchronously)
    {
        var round = Begin(
            Adapter(message => message.Chat.Id != "hangs" ? null : synchronously ? Block() : new TaskCompletionSource<SendResult>().Task),
            "a:hangs", "a:next");
        var clock = Stopwatch.StartNew();

        Assert.True(round.Wait(TimeSpan.FromSeconds(10)));

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        var report = Assert.Single(round.End());
        Assert.Equal(("a", 1, 1), (report.Id, report.Told, report.NoResult));
        Assert.Contains("0.1", report.Detail, StringComparison.Ordinal);
        Assert.Equal(["a/hangs", "a/next"], round.Notified);
        Assert.Contains("next", _sent);
    }

    [Original("notified set")]
    [Fact]
    public void Running_turns_come_first_then_the_configured_chats_and_nobody_is_told_twice()
    {
        var threads = new Chat("room", ChatKind.Group, "7");
        var round = Begin(
            Adapter(_ => null, sends: 1), [Turn("a", new Chat("talk", ChatKind.Direct)), Turn("a", threads), Turn("a", threads)], "a:home", "a:talk",
            "a:home", "b:talk");

        Assert.True(round.Wait(TimeSpan.FromSeconds(10)));

        Assert.Equal(["a/talk", "a/room/7", "a/home", "b/talk"], round.Notified);
        Assert.Equal(["talk", "room", "home"], _sent);
        Assert.Equal([("a", 3, 0), ("b", 0, 1)], round.End().Select(report => (report.Id, report.Told, report.NoResult)));
    }

    [Fact]
    public void What_still_waits_when_the_phase_ends_counts_as_told_and_is_not_sent_any_more()
    {
        using var release = new ManualResetEventSlim();
        var first = new TaskCompletionSource<SendResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var round = Begin(Adapter(_ => first.Task, sends: 1, notice: TimeSpan.FromSeconds(60)), "a:first", "a:second");
        Assert.False(round.Wait(TimeSpan.FromSeconds(0.2)));

        var report = Assert.Single(round.End());
        Assert.Equal((0, 2), (report.Told, report.NoResult));
        first.SetResult(SendResult.Sent("k"));
        Assert.True(round.Wait(TimeSpan.FromSeconds(10)));

        Assert.Equal(["first"], _sent);
    }

    [Fact]
    public void A_notice_of_0_seconds_has_no_deadline_of_its_own()
    {
        var round = Begin(
            Adapter(_ => Slow(), notice: Timeout.InfiniteTimeSpan), "a:home");
        Assert.True(round.Wait(TimeSpan.FromSeconds(10)));
        Assert.Equal(1, Assert.Single(round.End()).Told);

        static Task<SendResult> Slow()
        {
            Thread.Sleep(50);
            return Task.FromResult(SendResult.Sent("k"));
        }
    }

    [Theory]
    [InlineData("text", 0, false)]
    [InlineData("", 1, false)]
    [InlineData("text", 1, true)]
    public void They_are_on_only_where_there_is_somebody_to_tell_and_something_to_say(string text, int chats, bool on) => Assert.Equal(
        on, new ShutdownNotices(
            Options([.. Enumerable.Repeat("a:home", chats)]) with { ShutdownNotice = text }, new AttachedAdapters(), TimeProvider.System).AreOn);

    private static Task<SendResult>? Block()
    {
        Thread.Sleep(Timeout.Infinite);
        return null;
    }

    private static RunningTurn Turn(string adapterId, Chat chat) => new(1, adapterId, chat, "", 1, DateTimeOffset.UnixEpoch);

    private static GatewayOptions Options(params string[] chats) =>
        new() { DataDirectory = "data", NotifyChats = [.. chats.Select(chat => new NotifyChat(chat.Split(':')[0], chat.Split(':')[1]))] };

    private static NoticeRound Begin(AdapterPort adapter, params string[] chats) => Begin(adapter, [], chats);

    private static NoticeRound Begin(AdapterPort adapter, IEnumerable<RunningTurn> turns, params string[] chats)
    {
        var attached = new AttachedAdapters();
        attached.Attach(adapter);
        return new ShutdownNotices(Options(chats), attached, TimeProvider.System).Begin(turns);
    }

    private AdapterPort Adapter(Func<OutboundMessage, Task<SendResult>?> send, int sends = 8, TimeSpan? notice = null)
    {
        var scripted = new ScriptedAdapter
        {
            OnSend = (message, _) =>
            {
                lock (_sent) _sent.Add(message.Chat.Id);
                return send(message) ?? Task.FromResult(SendResult.Sent(message.Key));
            },
        };
        var fixture = new GuardFixture(scripted, new CallTimeouts { Notice = notice ?? Bound }, sends).Created();
        return new AdapterPort("a", 1, new AdapterTraits(), new CallTimeouts(), AdapterCapabilities.None, fixture.Adapter.Post);
    }
}
