namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Options and messages for one person, against the tests' own platform.</summary>
public sealed class FeishuOptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_begins_a_thread_where_the_option_asks_for_it()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var asked = (await fixture.SendAsync("asked")).Receipt!.MessageId;
        foreach (var (value, key) in ((string, string)[])[("true", "k1"), ("false", "k2")])
            Assert.Equal(SendOutcome.Sent, (await SendAsync(fixture, new(key, new Chat("oc_1", ChatKind.Group), "answer")
            {
                ReplyTo = asked, Extras = new Dictionary<string, string> { ["reply_in_thread"] = value },
            })).Outcome);
        Assert.Equal([(asked, true), (asked, false)], fixture.Platform.Messages.Skip(1).Select(static message => (message.ReplyTo, message.InThread)));
        var odd = await SendAsync(fixture, new("k3", new Chat("oc_1", ChatKind.Group), "x")
        {
            Extras = new Dictionary<string, string> { ["reply_in_thread"] = "perhaps" },
        });
        Assert.Equal((SendErrorKind.InvalidMessage, SendRetryKind.Never), (odd.Error!.Kind, odd.Error.Retry.Kind));
        Assert.Equal(3, fixture.Platform.Messages.Count);
    }

    [Fact]
    public async Task A_message_for_one_person_goes_to_a_person_and_never_to_a_chat()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        Assert.Equal(SendOutcome.Sent, (await SendAsync(fixture, For("ou_ann"))).Outcome);
        Assert.Equal(SendErrorKind.InvalidMessage, (await SendAsync(fixture, For("oc_1"))).Error!.Kind);
        Assert.Equal("ou_ann", Assert.Single(fixture.Platform.Messages).Chat);
    }

    private static OutboundMessage For(string person) =>
        new("k", new Chat(person, ChatKind.Direct), "secret") { VisibleTo = new Sender(person) };

    private static Task<SendResult> SendAsync(FeishuFixture fixture, OutboundMessage message) => fixture.Adapter.SendAsync(message, Token);
}
