using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Store;
using PluginGateway.Tests.Architecture;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.External;

public sealed class MessageApiTests
{
    [Fact]
    public void A_key_is_one_message_delivered_once_and_counted_as_owed()
    {
        using var fixture = new DispatchFixture();
        var api = Api(fixture);
        var adapter = fixture.Attach();
        var first = Owe(fixture, api, Request("k"));
        Assert.Equal(MessageApiOutcome.Owed, first.Verdict);
        Assert.Equal((MessageApiOutcome.Known, first.Id), (Owe(fixture, api, Request("k")).Verdict, Owe(fixture, api, Request("k")).Id));
        Assert.Equal((MessageApiOutcome.Conflict, first.Id),
            (Owe(fixture, api, Request("k", "another")).Verdict, Owe(fixture, api, Request("k", "another")).Id));
        fixture.Until(() => adapter.Sends.Count == 1);
        Assert.Equal("hello", adapter.Sends[0].Message.Text);
        Assert.Equal("pending", Find(fixture, api, "k")!.State);
        adapter.Answer(0, SendResult.Sent("there"));
        fixture.Until(() => Find(fixture, api, "k")!.State == "delivered");
        Assert.Equal(("there", "k"), (Find(fixture, api, $"m{first.Id}")!.MessageId, Find(fixture, api, "k")!.Key));
        fixture.Store.TryBalance(TimeSpan.FromSeconds(20), out var balance);
        Assert.Equal((1, 1, true), (balance.Outbound.Owed, balance.Outbound.Delivered, balance.IsExact));
    }

    [Fact]
    public void What_can_never_be_sent_is_refused_in_one_sentence_and_leaves_nothing()
    {
        using var fixture = new DispatchFixture();
        var api = Api(fixture);
        Assert.Contains("'a'", Owe(fixture, api, Request("k") with { AdapterId = "nope" }).Sentence, StringComparison.Ordinal);
        foreach (var key in (string[])["", "m1", "with space", new string('k', 65), "\u00e4"])
            Assert.Equal(MessageApiOutcome.Invalid, Owe(fixture, api, Request(key)).Verdict);
        Assert.Equal(MessageApiOutcome.Invalid, Owe(fixture, api, Request("k", "")).Verdict);
        Assert.Equal(MessageApiOutcome.Invalid, Owe(fixture, api, Request("k") with { Chat = new Chat("\ud800", ChatKind.Direct) }).Verdict);
        fixture.Store.TryBalance(TimeSpan.FromSeconds(20), out var balance);
        Assert.Equal(0, balance.Outbound.Owed);
    }

    [Fact]
    public void The_keys_of_a_turn_are_its_own()
    {
        using var fixture = new DispatchFixture();
        var api = Api(fixture);
        Owe(fixture, api, Request("k") with { Turn = 7 });
        Assert.Equal(MessageApiOutcome.Owed, Owe(fixture, api, Request("k", "another")).Verdict);
        Assert.Equal(MessageApiOutcome.Owed, Owe(fixture, api, Request("k", "a third") with { Turn = 71 }).Verdict);
        Assert.NotNull(Find(fixture, api, "k", 7));
        Assert.Null(Find(fixture, api, "k", 8));
        Assert.Null(Find(fixture, api, "m1", 7));
    }

    [Fact]
    public void A_token_allows_its_conversation_until_it_expires_and_nothing_else()
    {
        using var fixture = new DispatchFixture();
        var tokens = fixture.Dispatcher.Tokens;
        var token = tokens.For(5, "a", new Chat("1", ChatKind.Group, "t"));
        Assert.Equal((5, "a", "1", ChatKind.Group, "t"), tokens.Read(token) is { } g ? (g.Turn, g.Adapter, g.Chat, g.Kind, g.Thread) : default);
        for (var i = ReplyTokens.Prefix.Length; i < token.Length; i += 5)
        {
            var forged = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.Null(tokens.Read(forged));
        }

        Assert.Null(new ReplyTokens(new byte[32], fixture.Clock).Read(token));
        Assert.Null(tokens.Read("turn2."));
        Assert.Null(tokens.Read("turn2.."));
        fixture.Clock.Advance(ReplyTokens.Lifetime);
        Assert.Null(tokens.Read(token));
    }

    [Theory]
    [InlineData(0, ChatKind.Direct)]
    [InlineData(1, ChatKind.Group)]
    [InlineData(2, ChatKind.Channel)]
    public void A_token_of_an_earlier_version_is_read_with_its_meaning_of_then_until_it_expires(int kind, ChatKind expected)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        var tokens = new ReplyTokens(new byte[32], clock);
        var grant = Encoding.UTF8.GetBytes(
            $$"""{"Turn":5,"ExpiresUnix":{{clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}},"Adapter":"a","Chat":"1","Kind":{{kind}},"Thread":null}""");
        var rest = $"{Base64Url.EncodeToString(grant)}.{Base64Url.EncodeToString(HMACSHA256.HashData(new byte[32], grant))}";
        Assert.Equal(new ReplyGrant(5, clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(), "a", "1", expected, null), tokens.Read("turn1." + rest));
        // A grant of one form is none of the other.
        Assert.Null(tokens.Read("turn2." + rest));
        Assert.Null(tokens.Read("turn1." + tokens.For(5, "a", new Chat("1", expected))["turn2.".Length..]));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(tokens.Read("turn1." + rest));
    }

    /// <summary>The tokens of the recorded store, which commit 6f9d7ed has signed.</summary>
    [Fact]
    public void Tokens_of_a_recorded_store_are_read_with_the_kinds_of_their_chats()
    {
        using var folder = new StoreFolder();
        var recorded = Path.Combine(PagesTests.Root(), "tests", "Assets", "Stores", "6f9d7ed");
        File.Copy(Path.Combine(recorded, "gateway.db"), folder.Database);
        var store = folder.Open();
        var tokens = new ReplyTokens(store.Secret, new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_796_068_620_000)));
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(recorded, "tokens.json")));
        Assert.Equal(["c8 Channel rich", "d8 Direct rich", "g8 Group rich"], json.RootElement.EnumerateObject()
            .Select(one => tokens.Read(one.Value.GetString()!) is { } grant ? $"{grant.Chat} {grant.Kind} {grant.Adapter}" : one.Name).Order());
        store.CloseCleanly();
    }

    private static MessageApi Api(DispatchFixture fixture) => new(fixture.Store, fixture.Dispatcher, static () => ["a"]);

    private static MessageApiRequest Request(string key, string text = "hello") => new("a", new Chat("1", ChatKind.Direct), new Reply(text), key);

    private static MessageApiResult Owe(DispatchFixture fixture, MessageApi api, MessageApiRequest request)
    {
        object? answer = null;
        api.Enqueue(request, given => answer = given);
        fixture.Until(() => answer is not null);
        return (MessageApiResult)answer!;
    }

    private static DeliveryReport? Find(DispatchFixture fixture, MessageApi api, string idOrKey, long turn = 0)
    {
        var (isThere, delivery) = (false, (DeliveryReport?)null);
        api.Find(idOrKey, turn, given => (delivery, isThere) = (given, true));
        fixture.Until(() => isThere);
        return delivery;
    }
}
