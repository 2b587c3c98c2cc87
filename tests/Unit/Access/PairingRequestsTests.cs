using Microsoft.Extensions.Time.Testing;
using PluginGateway.Access;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Access;

public sealed class PairingRequestsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly StoreFolder _folder;
    private readonly List<(string AdapterId, string Chat, string Code)> _delivered = [];
    private MessageStore _store;
    private PairingRequests _requests;

    public PairingRequestsTests()
    {
        _folder = new StoreFolder { Clock = _clock };
        (_store, _requests) = Open();
    }

    public void Dispose()
    {
        _store.Close(StoreFolder.Patience);
        _folder.Dispose();
    }

    [Fact]
    public void A_code_pairs_once_and_the_pairing_outlives_a_restart()
    {
        var code = Code("ann");
        Assert.False(_requests.IsPaired("a", "ann"));
        Assert.Equal(("a", "ann"), Ids(Approve(code)));
        Assert.True(_requests.IsPaired("a", "ann"));
        Assert.Null(Approve(code).Pairing);
        Assert.False(_requests.IsPaired("b", "ann"));

        Reopen();
        Assert.True(_requests.IsPaired("a", "ann"));
        Assert.Equal(("a", "ann"), Ids(Revoke("a", "ann")));
        Assert.False(_requests.IsPaired("a", "ann"));
        Reopen();
        Assert.False(_requests.IsPaired("a", "ann"));
        Assert.Null(Revoke("a", "ann").Pairing);
    }

    [Fact]
    public void A_request_outlives_a_restart_and_nothing_that_is_kept_shows_its_code()
    {
        var code = Code("ann");
        Reopen();
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromHours(1), Assert.Single(_requests.List()).ExpiresUtc);
        _store.Close(StoreFolder.Patience);
        var kept = Directory.GetFiles(_folder.Folder).Select(File.ReadAllText).ToArray();
        Assert.Contains(kept, static text => text.Contains("ann", StringComparison.Ordinal));
        Assert.DoesNotContain(kept, text => text.Contains(code, StringComparison.OrdinalIgnoreCase));
        (_store, _requests) = Open();
        Assert.Equal(("a", "ann"), Ids(Approve(code)));
    }

    [Fact]
    public void A_code_is_good_for_an_hour()
    {
        var (early, late) = (Code("ann"), Code("bob"));
        _clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Equal(("a", "ann"), Ids(Approve(early)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Approve(late).Pairing);
        Assert.Equal("ann", Assert.Single(_requests.List()).UserId);
    }

    [Fact]
    public void A_user_may_ask_again_after_ten_minutes_and_only_the_new_code_is_good()
    {
        var first = Code("ann");
        Assert.False(_requests.Ask("a", new Sender("ann"), Direct));
        _clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.False(_requests.Ask("a", new Sender("ann"), Direct));
        Reopen(); // no way around it
        Assert.False(_requests.Ask("a", new Sender("ann"), Direct));
        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = Code("ann");
        Assert.Null(Approve(first).Pairing);
        Assert.Equal(("a", "ann"), Ids(Approve(second)));
    }

    [Fact]
    public void Any_number_of_strangers_gets_three_codes_an_hour_from_each_adapter()
    {
        for (var i = 0; i < 1000; i++) _requests.Ask("a", new Sender($"stranger {i}"), Direct);
        Code("ann", "b");
        Assert.Equal(3, _delivered.Count(static code => code.AdapterId == "a"));
        Assert.Equal(3, _requests.List().Count(static pairing => pairing.AdapterId == "a"));
        // An approval and a refusal make room, and so does time; what has expired is not kept.
        Approve(_delivered.First(static code => code.AdapterId == "a").Code);
        Revoke("a", "stranger 1");
        Code("eve");
        Code("fay");
        Assert.False(_requests.Ask("a", new Sender("gil"), Direct));
        _clock.Advance(TimeSpan.FromHours(1));
        Code("gil");
        Reopen();
        Assert.Equal(["stranger 0", "gil"],
            _store.FirstPairings.Where(static row => row.AdapterId == "a").OrderBy(static row => row.SinceUtc).Select(static row => row.UserId));
    }

    [Fact]
    public void Three_accounts_that_ask_again_and_again_do_not_keep_others_from_asking()
    {
        for (var minutes = 0; minutes < 60; minutes++)
        {
            for (var i = 0; i < 3; i++) _requests.Ask("a", new Sender($"greedy {i}"), Direct);
            if (minutes == 30)
            {
                Assert.Contains(true, Enumerable.Range(0, 11).Select(_ => AskLater("ann")));
                Assert.Contains(_requests.List(), static pairing => pairing.UserId == "ann");
                _store.Balance(); // written, so sent
                Assert.Equal(("a", "ann"), Ids(Approve(_delivered[^1].Code)));
                return;
            }

            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        bool AskLater(string user)
        {
            if (_requests.Ask("a", new Sender(user), Direct)) return true;
            _clock.Advance(TimeSpan.FromMinutes(1));
            return false;
        }
    }

    [Fact]
    public void A_group_is_let_in_by_its_code_by_its_id_and_outlives_a_restart()
    {
        var group = new Chat("-100", ChatKind.Group);
        Assert.True(_requests.Ask("a", new Sender("eve"), group));
        Assert.False(_requests.Ask("a", new Sender("bob"), group));
        _store.Balance(); // written, so sent
        Assert.Equal("-100", Assert.Single(_requests.List()).ChatId);
        Assert.Equal("-100", Approve(_delivered[^1].Code).Pairing?.ChatId);
        Assert.Equal("-200", Wait(done => _requests.Approve("a", new PairingSubject("-200", true), done)).Pairing?.ChatId);
        Reopen();
        Assert.True(_requests.IsAdmitted("a", "-100") && _requests.IsAdmitted("a", "-200"));
        // A user who is called like the group is another.
        Assert.False(_requests.IsPaired("a", "-100") || _requests.IsPaired("a", "eve") || _requests.IsAdmitted("b", "-100"));
        Assert.True(_requests.Admit("a", new Sender("ann"), "-300"));
        Assert.False(_requests.Admit("a", new Sender("ann"), "-300"));
    }

    [Fact]
    public void A_clock_that_is_set_back_makes_no_code_last_longer()
    {
        var code = Code("ann");
        _store.Close(StoreFolder.Patience);
        _clock.AdjustTime(_clock.GetUtcNow() - TimeSpan.FromDays(1));
        (_store, _requests) = Open();
        Assert.Null(Approve(code).Pairing);
        Code("ann");
    }

    [Fact]
    public void What_the_store_does_not_take_is_neither_sent_nor_believed()
    {
        var code = Code("ann");
        _store.Close(StoreFolder.Patience);
        Assert.NotNull(Approve(code).Failure);
        Assert.False(_requests.IsPaired("a", "ann"));
        Assert.True(_requests.Ask("a", new Sender("bob"), Direct));
        Assert.Single(_delivered);
        Assert.Equal("ann", Assert.Single(_requests.List()).UserId);
    }

    [Theory]
    [InlineData("abcd-efgh", "ABCDEFGH")]
    [InlineData(" ABCD EFGH ", "ABCDEFGH")]
    [InlineData("ABCDEFG", null)]
    [InlineData("ABCDEFGHJ", null)]
    [InlineData("ABCDEFG0", null)]
    [InlineData("", null)]
    public void A_code_is_read_as_people_type_it(string typed, string? code) => Assert.Equal(code, PairingCode.Read(typed));

    [Fact]
    public void Codes_have_eight_characters_that_do_not_look_alike()
    {
        var codes = Enumerable.Range(0, 1000).Select(static _ => PairingCode.Make()).ToArray();
        Assert.All(codes, static code => Assert.Equal(8, code.Length));
        Assert.Equal(codes.Length, codes.Distinct().Count());
        Assert.Equal("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", string.Concat(codes.SelectMany(static code => code).Distinct().Order()));
    }

    private static Chat Direct { get; } = new("1", ChatKind.Direct);

    private (MessageStore Store, PairingRequests Requests) Open()
    {
        var store = _folder.Open();
        return (store, new PairingRequests(store, (adapterId, chat, code) =>
        {
            lock (_delivered) _delivered.Add((adapterId, chat.Id, code));
        }, _clock));
    }

    private void Reopen()
    {
        _store.Close(StoreFolder.Patience);
        (_store, _requests) = Open();
    }

    /// <summary>The code that somebody is sent.</summary>
    private string Code(string user, string adapterId = "a")
    {
        _store.Balance();
        var before = _delivered.Count;
        Assert.True(_requests.Ask(adapterId, new Sender(user), Direct));
        _store.Balance(); // written, so sent
        Assert.Equal(before + 1, _delivered.Count);
        return _delivered[^1].Code;
    }

    private PairingResult Approve(string code) => Wait(done => _requests.Approve(code, done));

    private PairingResult Revoke(string adapterId, string user) => Wait(done => _requests.Revoke(adapterId, user, done));

    private static PairingResult Wait(Action<Action<PairingResult>> ask)
    {
        using var isThere = new ManualResetEventSlim();
        var result = default(PairingResult);
        ask(given =>
        {
            result = given;
            isThere.Set();
        });
        Assert.True(isThere.Wait(StoreFolder.Patience), "no answer");
        return result;
    }

    private static (string, string) Ids(PairingResult result) => (result.Pairing!.AdapterId, result.Pairing.UserId);
}
