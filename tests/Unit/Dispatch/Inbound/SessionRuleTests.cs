using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Dispatch.Inbound;

public sealed class SessionRuleTests
{
    private static readonly Chat Group = new("g/1", ChatKind.Group);
    private static readonly Chat Topic = new("g", ChatKind.Group, "t");
    private static readonly Chat Direct = new("u", ChatKind.Direct);

    [Fact]
    public void A_sender_of_a_group_has_a_session_and_a_direct_chat_is_one()
    {
        Assert.Equal("a/g%2F1//u", KeyOf(Message(Group)));
        Assert.Equal("a/g/t//u", KeyOf(Message(Topic)));
        Assert.Equal("a/u", KeyOf(Message(Direct)));
    }

    [Theory]
    [InlineData(null, SessionScope.Default, "a/g/t//u", "a/u")]
    [InlineData(null, SessionScope.Chat, "a/g/t", "a/u")]
    [InlineData(null, SessionScope.Sender, "a/g/t//u", "a/u//v")]
    [InlineData(SessionScope.Sender, SessionScope.Chat, "a/g/t//u", "a/u//v")]
    [InlineData(SessionScope.Chat, SessionScope.Sender, "a/g/t", "a/u")]
    public void The_operators_choice_counts_before_the_handlers_declaration(
        SessionScope? chosen, SessionScope declared, string ofTopic, string ofDirect)
    {
        var traits = new HandlerTraits { Scope = declared };
        Assert.Equal(ofTopic, SessionRule.KeyOf("a", Message(Topic), chosen, traits));
        Assert.Equal(ofDirect, SessionRule.KeyOf("a", Message(Direct, new Sender("v")), chosen, traits));
    }

    [Fact]
    public void An_account_for_which_the_platform_vouches_is_the_sender_and_no_id_can_take_its_place()
    {
        Assert.Equal("a/g/t//account:bob", KeyOf(Message(Topic, new Sender("nick") { Account = "bob" })));
        Assert.Equal("a/g/t//account%3Abob", KeyOf(Message(Topic, new Sender("account:bob"))));
        Assert.NotEqual(KeyOf(Message(Topic, new Sender("x") { Account = "b/c" })), KeyOf(Message(Topic, new Sender("x") { Account = "b%2Fc" })));
    }

    [Fact]
    public void What_has_no_sender_or_one_that_stands_for_several_is_of_the_chat()
    {
        Assert.Equal("a/g/t", KeyOf(Message(Topic, new Sender("g", "The group"))));
        Assert.Equal("a/g/t", KeyOf(new ReactionChanged("e", Topic, null, "m")));
        Assert.Equal("a/g/t", KeyOf(new MembersChanged("e", Topic, new Sender("u"), MemberChange.Joined)));
        Assert.Equal("a/g/t//u", KeyOf(new MessageEdited("e", Topic, new Sender("u"), "m", "text")));
    }

    [Fact]
    public void A_message_is_held_as_the_operator_says_or_else_as_the_handler_asks()
    {
        var asks = new HandlerTraits { Collect = true };
        Assert.Equal(0, SessionRule.HoldOf(new ConversationOptions(), null).TotalMilliseconds);
        Assert.Equal(700, SessionRule.HoldOf(new ConversationOptions(), asks).TotalMilliseconds);
        Assert.Equal(0, SessionRule.HoldOf(new ConversationOptions { Collect = TimeSpan.Zero }, asks).TotalMilliseconds);
    }

    private static InboundMessage Message(Chat chat, Sender? sender = null) => new("e", chat, sender ?? new Sender("u"), "text");

    private static string KeyOf(InboundEvent e) => SessionRule.KeyOf("a", e, null, null);
}
