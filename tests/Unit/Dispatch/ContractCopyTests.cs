using System.Reflection;
using PluginGateway.Store;
using PluginGateway.Tests.Contract;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>A copy of a record of the contract with another text has everything else, also what a later version adds.</summary>
public sealed class ContractCopyTests
{
    [Fact]
    public void Reply_whose_text_is_mended_has_every_other_member()
    {
        var reply = new Reply("a\0b")
        {
            Format = TextFormat.Markdown,
            ReplyTo = "other",
            Attachments = [new("/file", AttachmentKind.Audio) { Name = "name", ContentType = "audio/ogg" }]
        };
        using var fixture = new DispatchFixture();
        fixture.Attach(can: MessageCapabilities.None);
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Get(handler.Turns[0].Turn.ReplyAsync(reply with { Attachments = [] }, CancellationToken.None));
        var payload = Payloads.ReadOutbound(fixture.Store.Lease(fixture.Store.Open().Single().Id)!.Payload);
        Assert.Equal(("a\uFFFDb", TextFormat.Markdown, "other"), (payload.Text, payload.TextFormat, payload.ReplyTo));
        AssertSame(reply, reply with { Text = "other" }, nameof(Reply.Text));
    }

    [Fact]
    public void What_a_constructor_refuses_a_copy_refuses_too()
    {
        Assert.Throws<ArgumentException>(static () => FullMessage.Value with { EventId = "" });
        Assert.Throws<ArgumentNullException>(static () => FullMessage.Value with { Text = null! });
        Assert.Throws<ArgumentException>(static () => FullMessage.Value.Chat with { Id = "a\nb" });
        Assert.Throws<ArgumentOutOfRangeException>(static () => FullMessage.Value.Chat with { Kind = (ChatKind)99 });
        Assert.Equal("text", Assert.Throws<ArgumentNullException>(static () => new Reply(null!)).ParamName);
    }

    private static void AssertSame<T>(T before, T after, params string[] except) => Assert.All(
        typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(one => !except.Contains(one.Name)),
        one => Assert.Same(Boxed(one.GetValue(before)), Boxed(one.GetValue(after))));

    /// <summary>Values are the same where they are equal; what is referred to must be the very same.</summary>
    private static object? Boxed(object? value) => value is ValueType ? value.ToString() is { } text ? string.Intern(text) : null : value;
}
