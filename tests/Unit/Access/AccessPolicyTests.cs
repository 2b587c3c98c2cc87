using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Tests.Configuration;

namespace PluginGateway.Tests.Access;

public sealed class AccessPolicyTests
{
    private const string Closed = "{}";

    public static TheoryData<string, string, string, bool, bool> Let => new()
    {
        // allow, sender, chat ("" = direct), mentioned, let in
        { Closed, "ann", "", false, false },
        { Closed, "ann", "#room", false, false },
        { Closed, "ann", "#room", true, false },
        { """{ "groups": "closed" }""", "ann", "#room", true, false },
        { """{ "groups": "all" }""", "ann", "#room", false, true },
        { """{ "groups": "all" }""", "ann", "", false, false },
        { """{ "groups": "closed", "chats": ["#room"] }""", "bob", "#room", false, false },
        { """{ "groups": "closed", "chats": ["#room"] }""", "bob", "#room", true, true },
        { """{ "users": ["ann"] }""", "ann", "", false, true },
        { """{ "users": ["ann"] }""", "Ann", "", false, false },
        { """{ "users": ["ann"] }""", "bob", "", false, false },
        { """{ "users": ["ann"] }""", "ann", "#room", false, true },
        { """{ "users": ["ann"] }""", "bob", "#room", false, false },
        { """{ "users": ["*"] }""", "bob", "", false, true },
        { """{ "users": ["*"] }""", "bob", "#room", false, true },
        { """{ "users": [] }""", "ann", "#room", false, false },
        { """{ "chats": ["#room"] }""", "bob", "#room", false, true },
        { """{ "chats": ["#room"] }""", "bob", "#other", false, false },
        // A group on the list opens no direct chat, whatever it is called.
        { """{ "chats": ["bob", "*"] }""", "bob", "", false, false },
        { """{ "users": ["ann"], "chats": ["#room"] }""", "bob", "#room", false, true },
        { """{ "users": ["ann"], "chats": ["#room"] }""", "ann", "#other", false, true },
        { """{ "groups": "mentioned" }""", "bob", "#room", false, false },
        { """{ "groups": "mentioned" }""", "bob", "#room", true, true },
        { """{ "groups": "mentioned", "users": ["ann"] }""", "bob", "#room", true, false },
        { """{ "groups": "mentioned", "users": ["ann"] }""", "ann", "", false, true },
    };

    /// <summary>A list names an account for which the platform vouches as <c>account:NAME</c>; nobody gets in by calling oneself so.</summary>
    [Theory]
    [InlineData("account:ann", "ann", true)]
    [InlineData("account:ann", null, false)]
    [InlineData("account:ann", "bob", false)]
    [InlineData("ann", "ann", false)]
    public void An_account_is_let_in_by_its_name(string listed, string? account, bool letIn)
    {
        var message =
            Message("ann!a@h", "", false) with { Sender = new Sender("ann!a@h", "account:ann") { Account = account, Username = "account:ann" } };
        Assert.Equal(letIn, AccessPolicy.Judge(message, Rule($$"""{ "users": ["{{listed}}"] }"""), static () => false) is null);
    }

    [Theory]
    [MemberData(nameof(Let))]
    public void Who_may_speak_where_is_what_the_lists_say(string allow, string sender, string chat, bool mentioned, bool letIn)
    {
        var cause = AccessPolicy.Judge(Message(sender, chat, mentioned), Rule(allow), static () => false);
        Assert.Equal(letIn, cause is null);
    }

    [Fact]
    public void Who_is_paired_may_speak_directly_and_in_groups_but_needs_to_mention_the_bot_where_all_others_do()
    {
        Assert.Null(AccessPolicy.Judge(Message("ann"), Rule(Closed), static () => true));
        Assert.Null(AccessPolicy.Judge(Message("ann", "#room"), Rule("""{ "users": ["bob"] }"""), static () => true));
        Assert.Equal(
            DiscardCause.NotMentioned, AccessPolicy.Judge(Message("ann", "#room"), Rule("""{ "groups": "mentioned" }"""), static () => true));
    }

    [Theory]
    [InlineData("{}", true, true)]
    [InlineData("{}", false, false)]
    [InlineData("""{ "users": ["ann"] }""", true, true)]
    public void Whoever_speaks_to_the_bot_in_a_group_that_was_let_in_is_heard(string allow, bool mentioned, bool letIn)
    {
        var rule = Rule(allow);
        Assert.Equal(letIn, AccessPolicy.Judge(Message("bob", "#room", mentioned), rule, static () => false, static () => true) is null);
        Assert.Equal(DiscardCause.Stranger, AccessPolicy.Judge(Message("bob", "#room", mentioned), rule, static () => false, static () => false));
        Assert.Equal(DiscardCause.Stranger, AccessPolicy.Judge(Message("bob"), rule, static () => false, static () => true));
    }

    [Fact]
    public void Channels_of_irc_count_as_let_in_and_hear_what_is_said_to_the_bot()
    {
        using var folder = new ConfigurationFolder();
        var configuration = folder.LoadGood("""{ "adapters": [ { "id": "a", "plugin": "Irc" } ] }""");
        var rule = AccessRule.Of(configuration.Adapters[0], configuration.Gateway);
        Assert.Null(AccessPolicy.Judge(Message("bob", "#room", mentioned: true), rule, static () => false, static () => false));
        Assert.Equal(DiscardCause.NotMentioned, AccessPolicy.Judge(Message("bob", "#room"), rule, static () => false, static () => false));
        Assert.Equal(DiscardCause.Stranger, AccessPolicy.Judge(Message("bob", mentioned: true), rule, static () => false, static () => false));
    }

    [Fact]
    public void Our_own_messages_are_turned_away_as_such_whoever_may_speak()
    {
        var own = new InboundMessage("e", new Chat("#room", ChatKind.Group), new Sender("bot", isBot: true) { IsSelf = true }, "hello");
        var cause = AccessPolicy.Judge(own, Rule("""{ "users": ["*"] }"""), static () => true);
        Assert.Equal((DiscardCause.OwnMessage, "ownMessage"), (cause, cause!.Value.ToAcceptance().Reason));
    }

    [Theory]
    [InlineData("WebChat", "http://127.0.0.1:1", true)]
    [InlineData("WebChat", "http://[::1]:1", true)]
    [InlineData("WebChat", "http://0.0.0.0:1", false)]
    [InlineData("Irc", "http://127.0.0.1:1", false)]
    public void Only_the_chat_page_that_nobody_else_can_reach_is_open_without_a_list(string plugin, string http, bool isOpen)
    {
        using var folder = new ConfigurationFolder();
        var configuration = folder.LoadGood(
            $$"""{ "gateway": { "http": "{{http}}", "httpToken": "0123456789abcdef" }, "adapters": [ { "id": "a", "plugin": "{{plugin}}" } ] }""");
        var rule = AccessRule.Of(configuration.Adapters[0], configuration.Gateway);
        Assert.Equal(isOpen ? null : DiscardCause.Stranger, AccessPolicy.Judge(Message("ann"), rule, static () => false));
        Assert.Equal(!isOpen, rule.OffersPairing);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{ "groups": "mentioned" }""", true)]
    [InlineData("""{ "users": [] }""", false)]
    [InlineData("""{ "users": ["*"] }""", false)]
    [InlineData("""{ "chats": ["#room"] }""", false)]
    public void No_code_is_offered_where_there_is_a_list(string allow, bool isOffered) => Assert.Equal(isOffered, Rule(allow).OffersPairing);

    /// <summary>Where nobody is said to have caused an event it has to be about the bot: also in a direct chat, and where all is heard.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "groups": "all" }""")]
    public void An_event_of_nobody_has_to_be_about_the_bot(string allow)
    {
        var (direct, group) = (new Chat("1", ChatKind.Direct), new Chat("#room", ChatKind.Group));
        Assert.All(new[] { direct, group }, chat =>
        {
            Assert.Equal(new AccessCondition("m"), AccessPolicy.ConditionOf(new ReactionChanged("e", chat, null, "m"), Rule(allow)));
            Assert.Equal(new AccessCondition(null), AccessPolicy.ConditionOf(new MessageDeleted("e", chat, null, ["m"]), Rule(allow)));
            Assert.Equal(new AccessCondition(null), AccessPolicy.ConditionOf(new MembersChanged("e", chat, null, MemberChange.Left), Rule(allow)));
        });
        Assert.Null(AccessPolicy.ConditionOf(new ReactionChanged("e", direct, new Sender("ann"), "m"), Rule(allow)));
    }

    /// <summary>Where the kind of a chat is not known, access is that of a group.</summary>
    [Fact]
    public void A_chat_of_unknown_kind_is_ruled_as_a_group()
    {
        var chat = new Chat("1", ChatKind.Unknown);
        Assert.Equal("1", AccessPolicy.GroupOf(new InboundMessage("e", chat, new Sender("ann"), "hello")));
    }

    internal static AccessRule Rule(string allow)
    {
        using var folder = new ConfigurationFolder();
        return new(folder.LoadGood(ConfigurationFolder.Adapter($"\"allow\": {allow}")).Adapters[0].Allow, IsOpen: false);
    }

    internal static InboundMessage Message(string sender, string group = "", bool mentioned = false, bool isBot = false) =>
        new("e", group.Length == 0 ? new Chat(sender, ChatKind.Direct) : new Chat(group, ChatKind.Group), new Sender(sender, isBot: isBot), "hello")
        {
            MentionsBot = mentioned
        };
}
