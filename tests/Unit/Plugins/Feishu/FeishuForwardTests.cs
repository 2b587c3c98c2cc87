using PluginGateway.FakeFeishu;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Messages that were forwarded together, quotes, places and stickers: what an event names and the platform tells.</summary>
public sealed class FeishuForwardTests
{
    [Fact]
    public async Task Messages_that_were_forwarded_together_are_one_text_with_the_names_of_who_said_what()
    {
        await using var fixture = new FeishuFixture();
        (fixture.Platform.Names["ou_ben"], fixture.Platform.Names["ou_eve"]) = ("Ben", "Eve");
        _ = await fixture.ConnectAsync();
        fixture.Platform.Forward("oc_1",
        [
            FakeForwarded.Text("ou_ben", "first line\nsecond line"),
            new FakeForwarded("ou_eve", "image", """{"image_key":"img_1"}"""),
            new FakeForwarded("ou_ben", "merge_forward", "Merged and Forwarded Message")
            {
                Inner = [FakeForwarded.Text("ou_eve", "inside"), new FakeForwarded("ou_cat", "file", """{"file_key":"f_1","file_name":"a.pdf"}""")],
            },
            FakeForwarded.Text("ou_ben", "last"),
        ]);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        Assert.Equal(
            "Ben: first line\n  second line\nEve: [image]\nBen: [merged forward]\n  Eve: inside\n  ou_cat: [file a.pdf]\nBen: last",
            fixture.Accepted[0].Text);
        var origin = fixture.Accepted[0].ForwardedFrom!;
        Assert.Equal((null, null, "oc_source", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)),
            (origin.Name, origin.SenderId, origin.ChatId, origin.PlatformTime));
        Assert.Equal("ou_ann", fixture.Accepted[0].Sender.Id);
    }

    [Fact]
    public async Task What_one_person_said_and_somebody_forwards_has_that_person_as_its_origin()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.Names["ou_ben"] = "Ben";
        _ = await fixture.ConnectAsync();
        fixture.Platform.Forward("oc_1", [FakeForwarded.Text("ou_ben", "one"), FakeForwarded.Text("ou_ben", "two")], from: "oc_1");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        var origin = fixture.Accepted[0].ForwardedFrom!;
        Assert.Equal(("Ben: one\nBen: two", "Ben", "ou_ben", null), (fixture.Accepted[0].Text, origin.Name, origin.SenderId, origin.ChatId));
    }

    [Fact]
    public async Task Of_more_than_a_hundred_messages_the_first_hundred_come_and_the_text_says_how_many_more_there_are()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.Forward("oc_1", [.. Enumerable.Range(0, 103).Select(static i => FakeForwarded.Text("ou_ben", $"{i}"))]);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        Assert.Equal([.. Enumerable.Range(0, 100).Select(static i => $"ou_ben: {i}"), "[3 more]"], fixture.Accepted[0].Text.Split('\n'));
    }

    [Fact]
    public async Task Forwarded_messages_that_the_platform_does_not_tell_in_time_are_named_and_not_waited_for()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.IsSlow = true;
        fixture.Platform.AckWithin = TimeSpan.FromSeconds(30); // a busy machine is late, and late is not lost
        fixture.Platform.Forward("oc_1", [FakeForwarded.Text("ou_ben", "one")]);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        Assert.Equal("[merged forward]", fixture.Accepted[0].Text);
        Assert.Equal(new ForwardOrigin(null), fixture.Accepted[0].ForwardedFrom);
        Assert.Equal(1, fixture.Platform.Events[0].Pushes);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(100_000)]
    public async Task However_long_and_however_nested_forwarded_messages_are_their_text_has_a_bound(int length)
    {
        // Messages that name each other, all with the same ids: 33 of each of three would be 33 times 33 times 33.
        var many = string.Join(',', Enumerable.Range(0, 99).Select(i => $$$"""
            { "message_id": "om_{{{i % 3}}}", {{{(i % 3 == 0 ? "" : $"\"upper_message_id\": \"om_{(i % 3) - 1}\",")}}} "msg_type": "text",
              "body": { "content": "{\"text\":\"{{{new string('x', length)}}}\"}" } }
            """));
        var answer = System.Text.Json.JsonDocument.Parse($$"""{ "items": [ { "message_id": "om_root" }, {{many}} ] }""").RootElement;
        var items = answer.GetProperty("items").EnumerateArray().ToArray();
        var read = await new MergedForwards(null!, null!).ReadAsync(items, "om_root", TestContext.Current.CancellationToken);
        Assert.InRange(read.Text.Length, 100_000, 201_000);
    }

    [Fact]
    public async Task A_quote_of_forwarded_messages_has_their_texts()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.Names["ou_ben"] = "Ben";
        _ = await fixture.ConnectAsync();
        var forwarded = fixture.Platform.Forward("oc_1", [FakeForwarded.Text("ou_ben", "one"), FakeForwarded.Text("ou_ben", "two")]);
        fixture.Platform.Say("oc_1", "summarise this", change: message => message["parent_id"] = forwarded);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 2, "it does not come");
        Assert.Equal("Ben: one\nBen: two", fixture.Accepted[1].Quote?.Text);
    }

    /// <summary>By default the platform gives a card as an old client shows it: "please update", in Chinese.</summary>
    [Fact]
    public async Task A_quote_of_a_card_of_the_bot_has_what_the_card_says()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var sent = (await fixture.SendAsync("# Plan\n\n**First** we eat.", format: TextFormat.Markdown)).Receipt!.MessageId;
        Assert.Equal("interactive", fixture.Platform.Messages[0].Type);
        fixture.Platform.Say("oc_1", "and then?", change: message => message["parent_id"] = sent);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        Assert.Equal("# Plan\n\n**First** we eat.", fixture.Accepted[0].Quote?.Text);
    }

    [Fact]
    public async Task A_quote_of_a_recalled_message_has_its_id_and_not_that_it_was_recalled_as_its_text()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var gone = fixture.Platform.Say("oc_1", "a secret");
        var sent = (await fixture.SendAsync("an answer")).Receipt!.MessageId;
        await fixture.Adapter.DeleteAsync(
            new MessageDeletion("deletion", new MessageRef(new Chat("oc_1", ChatKind.Direct), sent)), TestContext.Current.CancellationToken);
        fixture.Platform.Withdraw(gone);
        foreach (var id in (string[])[gone, sent]) fixture.Platform.Say("oc_1", "what was that?", change: message => message["parent_id"] = id);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 3, "they do not come");
        Assert.Equal([new Quote(gone), new Quote(sent)], fixture.Accepted.Skip(1).Select(static message => message.Quote!));
    }

    [Fact]
    public async Task A_reply_in_a_topic_quotes_what_it_answers_also_another_reply_there()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var root = fixture.Platform.Say("oc_1", "a question", chatType: "topic_group", topic: "omt_1");
        var middle = fixture.Platform.Say("oc_1", "an answer", sender: "ou_ben", chatType: "topic_group", topic: "omt_1",
            change: message => (message["root_id"], message["parent_id"]) = (root, root));
        fixture.Platform.Say("oc_1", "no", chatType: "topic_group", topic: "omt_1",
            change: message => (message["root_id"], message["parent_id"]) = (root, middle));
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 3, "they do not come");
        Assert.Equal([(null, null), ("a question", "ou_ann"), ("an answer", "ou_ben")],
            fixture.Accepted.Select(static message => (message.Quote?.Text, message.Quote?.Sender?.Id)));
        Assert.All(fixture.Accepted, static message => Assert.Equal("omt_1", message.Chat.Thread));
    }

    [Fact]
    public async Task An_edit_asks_for_nothing_that_it_does_not_tell()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var quoted = fixture.Platform.Say("oc_1", "before");
        var answering = fixture.Platform.Say("oc_1", "helo", change: message => message["parent_id"] = quoted);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 2, "they do not come");
        fixture.Platform.Edit(answering, "hello");
        await FeishuFixture.UntilAsync(() => fixture.Received.Count == 3, "the edit does not come");
        Assert.Equal("hello", Assert.IsType<MessageEdited>(fixture.Received[2]).Text);
        Assert.Equal(1, fixture.Platform.Calls[$"GET /open-apis/im/v1/messages/{quoted}"]);
    }

    [Fact]
    public async Task A_sticker_is_named_and_the_platform_is_not_asked_for_its_picture()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.AddFile("stk_1", [1, 2, 3]);
        fixture.Platform.Say("oc_1", "", type: "sticker", content: """{"file_key":"stk_1"}""");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        var sticker = Assert.Single(fixture.Accepted[0].Attachments);
        Assert.Equal(("[sticker]", AttachmentKind.Sticker, $"{fixture.Accepted[0].MessageId}/file/stk_1"),
            (fixture.Accepted[0].Text, sticker.Kind, sticker.Reference));
        var refused = await Assert.ThrowsAsync<PluginException>(() =>
            fixture.Adapter.FetchAsync(new AttachmentRequest(sticker, Path.GetTempFileName(), 100), TestContext.Current.CancellationToken));
        Assert.Contains("sticker", refused.Fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Platform.Calls.Keys, static call => call.Contains("resources", StringComparison.Ordinal));
    }
}
