using System.Text.Json;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

public sealed class UpdateReaderTests
{
    private const string Private =
        """ "message_id": 7, "date": 1700000000, "from": { "id": 501, "first_name": "Ann", "last_name": "B", "username": "ann" }, "chat": { "id": 501, "type": "private" } """;
    private const string Topic = """ "message_id": 8, "date": 1700000000, "from": { "id": 501, "first_name": "Ann" }, "chat": { "id": -1001, "type": "supergroup", "title": "G", "is_forum": true }, "is_topic_message": true, "message_thread_id": 5 """;

    private static readonly UpdateReader Reader = new(new BotIdentity(99, "MyBot"), TimeProvider.System);

    [Fact]
    public void A_press_has_its_button_its_person_and_a_ticket()
    {
        const string pressed = """
            { "id": "4382", "from": { "id": 501, "first_name": "Ann", "language_code": "de" }, "chat_instance": "1", "data": "token",
            "message": { "message_id": 9, "date": 0, "chat": { "id": -1001, "type": "supergroup", "title": "G" }, "is_topic_message": true, "message_thread_id": 5 } }
            """;
        var press = Assert.IsType<ButtonPressed>(Read("callback_query", pressed).Event);
        Assert.Equal(("token", "9", "501", "de", new Chat("-1001", ChatKind.Group, "5"), "4382"),
            (press.Token, press.MessageId, press.Sender.Id, press.Sender.Language, press.Chat, press.Ticket!.Value));
        Assert.NotNull(Read("callback_query", """{ "id": "1", "from": { "id": 501 }, "data": "token", "inline_message_id": "x" }""").PassedOver);
        Assert.NotNull(Read("callback_query", pressed.Replace("\"data\": \"token\",", "", StringComparison.Ordinal)).PassedOver);
    }

    [Fact]
    public void A_text_brings_who_said_it_where_and_when()
    {
        var message = Message("message", $$"""{ {{Private}}, "text": "grüß dich 🎉" }""");
        Assert.Equal(("99/12", "grüß dich 🎉"), (message.EventId, message.Text));
        Assert.Equal(new Chat("501", ChatKind.Direct), message.Chat);
        Assert.Equal(new Sender("501", "Ann B"), message.Sender);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1700000000), message.PlatformTime);
        Assert.Equal("7", message.MessageId);
        Assert.Equal("13", message.State["cursor"]);
    }

    [Fact]
    public void An_edit_is_an_event_of_its_own()
    {
        var edit = Assert.IsType<MessageEdited>(Read("edited_message", $$"""{ {{Private}}, "edit_date": 1700000060, "text": "better" }""").Event);
        Assert.Equal(("99/12", "7", DateTimeOffset.FromUnixTimeSeconds(1700000060)), (edit.EventId, edit.MessageId, edit.PlatformTime));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(""", "reply_to_message": { "message_id": 5 } """, null)]
    [InlineData(""", "reply_to_message": { "message_id": 6 } """, "6")]
    public void In_a_topic_the_message_that_opened_it_is_not_what_is_answered(string reply, string? answered)
    {
        var message = Message("message", $$"""{ {{Topic}}, "text": "hi" {{reply}} }""");
        Assert.Equal((new Chat("-1001", ChatKind.Group, "5"), answered), (message.Chat, message.Quote?.MessageId));
    }

    [Fact]
    public void A_chain_of_replies_outside_topics_is_no_thread()
    {
        Assert.Null(Message(
            "message", """{ "message_id": 8, "chat": { "id": -1001, "type": "supergroup" }, "message_thread_id": 5, "text": "hi" }""").Chat.Thread);
    }

    [Fact]
    public void Who_writes_under_the_name_of_a_chat_is_that_chat()
    {
        var post = Message("channel_post",
            """{ "message_id": 8, "chat": { "id": -1002, "type": "channel", "title": "News" }, "sender_chat": { "id": -1002, "title": "News" }, "text": "hi" }""");
        Assert.Equal((ChatKind.Channel, new Sender("-1002", "News")), (post.Chat.Kind, post.Sender));
    }

    [Fact]
    public void An_administrator_who_writes_anonymously_has_the_id_of_the_group()
    {
        var anonymous = Message("message", """
            { "message_id": 8, "chat": { "id": -1001, "type": "supergroup", "title": "G" }, "sender_chat": { "id": -1001, "title": "G" },
              "from": { "id": 1087968824, "is_bot": true, "first_name": "Group" }, "text": "hi" }
            """);
        Assert.Equal(new Sender("-1001", "G"), anonymous.Sender);
    }

    [Theory]
    [InlineData(""" "photo": [ { "file_id": "small", "file_size": 1 }, { "file_id": "large", "file_size": 2 } ] """, "large",
        AttachmentKind.Image, "image/jpeg")]
    [InlineData(""" "voice": { "file_id": "v", "mime_type": "audio/ogg", "file_size": 9 } """, "v", AttachmentKind.Voice, "audio/ogg")]
    [InlineData(""" "animation": { "file_id": "a" }, "document": { "file_id": "a" } """, "a", AttachmentKind.Video, "video/mp4")]
    [InlineData(""" "document": { "file_id": "d", "file_name": "a.pdf", "mime_type": "application/pdf" } """, "d",
        AttachmentKind.File, "application/pdf")]
    [InlineData(""" "video_note": { "file_id": "n" } """, "n", AttachmentKind.Video, "video/mp4")]
    [InlineData(""" "sticker": { "file_id": "s", "is_animated": true } """, "s", AttachmentKind.Sticker, "application/x-tgsticker")]
    public void Files_come_by_reference_once_and_in_their_best_form(string content, string reference, AttachmentKind kind, string type)
    {
        var message = Message("message", $$"""{ {{Private}}, "caption": "look", {{content}} }""");
        var file = Assert.Single(message.Attachments);
        Assert.Equal(("look", reference, kind, type), (message.Text, file.Reference, file.Kind, file.ContentType));
    }

    [Theory]
    [InlineData(""" "location": { "latitude": 52.5, "longitude": 13.25 } """, "geo:52.5,13.25")]
    [InlineData(""" "contact": { "first_name": "Bob", "phone_number": "+1" } """, "Bob +1")]
    [InlineData(""" "poll": { "question": "Tea?", "options": [ { "text": "yes" }, { "text": "no" } ] } """, "Tea?\n- yes\n- no")]
    [InlineData(""" "dice": { "emoji": "🎲", "value": 4 } """, "🎲 4")]
    [InlineData(""" "checklist": { "title": "Trip", "tasks": [ { "id": 1, "text": "tickets" }, { "id": 2, "text": "maps" } ] } """,
        "[checklist] Trip\n- tickets\n- maps")]
    [InlineData(""" "rich_message": { "blocks": [ { "type": "heading", "text": "T" }, { "type": "list", "items": [ { "text": "one" } ] } ] } """,
        "[rich_message]\nT\none")]
    [InlineData(""" "rich_message": { "blocks": [ { "type": "paragraph", "text": [ "Pay ", { "type": "bold", "text": "100" }, " now" ] } ] } """,
        "[rich_message]\nPay 100 now")]
    [InlineData(""" "rich_message": { "blocks": [ { "type": "list", "items": [ { "blocks": [ { "type": "paragraph", "text": { "type": "bold", "text": [ "a", { "type": "italic", "text": "b" } ] } } ] } ] }, { "type": "details", "summary": "More", "blocks": [ { "type": "paragraph", "text": "c" } ] } ] } """, "[rich_message]\nab\nMore\nc")]
    [InlineData(""" "rich_message": { "blocks": [ { "type": "table", "cells": [ [ { "text": "x" }, { "text": [ "y", "z" ] } ] ], "caption": "T" }, { "type": "blockquote", "blocks": [], "credit": [ "by ", "Ann" ] }, { "type": "mathematical_expression", "expression": "a+b" }, { "type": "paragraph", "text": [ { "type": "custom_emoji", "custom_emoji_id": "1", "alternative_text": "🎉" } ] } ] } """, "[rich_message]\nx\nyz\nT\nby Ann\na+b\n🎉")]
    [InlineData(""" "story": { "id": 1 } """, "[story]")]
    [InlineData(""" "web_app_data": { "button_text": "Go", "data": "42" } """, "[web_app_data] Go 42")]
    [InlineData(""" "users_shared": { "users": [ { "user_id": 7 } ] } """, "[users_shared] 7")]
    [InlineData(""" "chat_shared": { "chat_id": -100, "title": "G" } """, "[chat_shared] -100 G")]
    [InlineData(""" "game": { "title": "Chess" } """, "[game] Chess")]
    [InlineData(""" "invoice": { "title": "Tea", "total_amount": 300, "currency": "EUR" } """, "[invoice] Tea 300 EUR")]
    [InlineData(""" "giveaway": { "prize_description": "A cup" } """, "[giveaway] A cup")]
    [InlineData(""" "paid_media": { "star_count": 5 } """, "[paid_media] 5")]
    public void What_has_no_text_is_told_in_words(string content, string text) =>
        Assert.Equal(text, Message("message", $$"""{ {{Private}}, {{content}} }""").Text);

    [Theory]
    [InlineData(5, false)] // the topic's opening message is the bot's, as in every topic that it made
    [InlineData(6, true)]
    public void In_a_topic_only_a_reply_is_one(int answered, bool expected) =>
        Assert.Equal(expected, Message("message",
            $$"""{ {{Topic}}, "text": "hello all", "reply_to_message": { "message_id": {{answered}}, "from": { "id": 99, "is_bot": true } } }""")
            .MentionsBot);

    [Theory]
    [InlineData("hi @mybot", """ "entities": [ { "type": "mention", "offset": 3, "length": 6 } ] """, true)]
    [InlineData("🎉 @MyBot", """ "entities": [ { "type": "mention", "offset": 3, "length": 6 } ] """, true)]
    [InlineData("hi @other", """ "entities": [ { "type": "mention", "offset": 3, "length": 6 } ] """, false)]
    [InlineData("/start@MyBot", """ "entities": [ { "type": "bot_command", "offset": 0, "length": 12 } ] """, true)]
    [InlineData("/start@Other", """ "entities": [ { "type": "bot_command", "offset": 0, "length": 12 } ] """, false)]
    [InlineData("Bot!", """ "entities": [ { "type": "text_mention", "offset": 0, "length": 3, "user": { "id": 99 } } ] """, true)]
    [InlineData("yes", """ "reply_to_message": { "message_id": 3, "from": { "id": 99 } } """, true)]
    [InlineData("yes", """ "entities": [ { "type": "mention", "offset": 9223372036854775807, "length": 9223372036854775807 } ] """, false)]
    public void A_mention_is_told_from_other_talk(string text, string more, bool isMention) =>
        Assert.Equal(isMention, Message("message", $$"""{ {{Topic}}, "text": "{{text}}", {{more}} }""").MentionsBot);

    [Fact]
    public void What_the_bot_itself_says_is_marked_and_in_private_nothing_is_a_mention()
    {
        Assert.Equal((true, true), Message("message",
            """{ "message_id": 1, "from": { "id": 99, "is_bot": true }, "chat": { "id": -1, "type": "group" }, "text": "my own" }""").Sender
            is var self ? (self.IsSelf, self.IsBot) : default);
        Assert.False(Message(
            "message", $$"""{ {{Private}}, "text": "@mybot", "entities": [ { "type": "mention", "offset": 0, "length": 6 } ] }""").MentionsBot);
    }

    [Theory]
    [InlineData(""" "new_chat_members": [ { "id": 7, "first_name": "Ben" }, { "id": 99, "first_name": "Bot" }, { "id": 8, "first_name": "Cy" } ] """,
        MemberChange.Joined, "7,8")]
    [InlineData(""" "left_chat_member": { "id": 7, "first_name": "Ben" } """, MemberChange.Left, "7")]
    public void Who_comes_or_leaves_is_said_but_the_bot_itself(string told, MemberChange change, string members)
    {
        var changed = Assert.IsType<MembersChanged>(Read(
            "message", $$"""{ "message_id": 1, "date": 1700000000, "from": { "id": 5 }, "chat": { "id": -1, "type": "group" }, {{told}} }""").Event);
        Assert.Equal((change, "99/12", "-1", "5"), (changed.Change, changed.EventId, changed.Chat.Id, changed.Sender?.Id));
        Assert.Equal(members, string.Join(',', changed.Members.Select(static member => member.Id)));
        Assert.Equal("13", changed.State["cursor"]);
    }

    [Theory]
    [InlineData(""" "new_chat_members": [] """)]
    [InlineData(""" "new_chat_members": [ { "id": 99 } ] """)]
    public void The_bots_own_coming_is_said_by_another_update(string told)
    {
        var reading = Read("message", $$"""{ "message_id": 1, "from": { "id": 5 }, "chat": { "id": -1, "type": "group" }, {{told}} }""");
        Assert.Equal((12L, null, null), (reading.Id, reading.Event, reading.Problem));
    }

    [Fact]
    public void A_reaction_tells_who_added_and_removed_what()
    {
        var reaction = Assert.IsType<ReactionChanged>(Read("message_reaction", """
            { "chat": { "id": -1001, "type": "supergroup", "title": "G" }, "message_id": 8, "date": 1700000000, "user": { "id": 5, "first_name": "Ann" },
              "old_reaction": [ { "type": "emoji", "emoji": "👍" }, { "type": "emoji", "emoji": "🔥" } ],
              "new_reaction": [ { "type": "emoji", "emoji": "🔥" }, { "type": "custom_emoji", "custom_emoji_id": "123" }, { "type": "paid" } ] }
            """).Event);
        Assert.Equal(("99/12", "8", "Ann", ChatKind.Group), (reaction.EventId, reaction.MessageId, reaction.Sender?.Name, reaction.Chat.Kind));
        Assert.Equal((new ReactionEmoji("123") { CustomId = "123" }, new ReactionEmoji("👍"), "13"),
            (Assert.Single(reaction.Added), Assert.Single(reaction.Removed), reaction.State["cursor"]));
        Assert.Equal("-1001", Assert.IsType<ReactionChanged>(Read("message_reaction", """
            { "chat": { "id": -1001, "type": "supergroup" }, "message_id": 8, "actor_chat": { "id": -1001, "title": "G" },
              "old_reaction": [], "new_reaction": [ { "type": "emoji", "emoji": "👍" } ] }
            """).Event).Sender?.Id);
        Assert.NotNull(Read("message_reaction", """
            { "chat": { "id": 5, "type": "private" }, "message_id": 8, "user": { "id": 5 }, "old_reaction": [], "new_reaction": [ { "type": "paid" } ] }
            """).PassedOver);
    }

    [Fact]
    public void A_group_that_moves_says_where_to()
    {
        Assert.Equal(("-1", "-1009"),
            Read("message", """{ "message_id": 1, "chat": { "id": -1, "type": "group" }, "migrate_to_chat_id": -1009 }""").Migration);
        Assert.Equal(("-1", "-1009"),
            Read("message", """{ "message_id": 1, "chat": { "id": -1009, "type": "supergroup" }, "migrate_from_chat_id": -1 }""").Migration);
    }

    [Theory]
    [InlineData("""{ "text": "no chat" }""")]
    [InlineData("""{ "chat": { "id": "501" }, "text": "a chat of the wrong kind" }""")]
    [InlineData("""{ "chat": { "id": 1e400 }, "text": "no number" }""")]
    public void What_cannot_be_read_keeps_its_id_so_that_it_can_be_passed_over(string content)
    {
        var reading = Read("message", content);
        Assert.Equal(12L, reading.Id);
        Assert.NotNull(reading.Problem);
    }

    [Theory]
    [InlineData(
        """{ "chat": { "id": 501, "type": 5 }, "from": [], "date": -1, "text": "what is there is taken", "photo": {}, "document": { "file_id": " " }, "entities": [ 1 ] }""",
        "what is there is taken")]
    [InlineData("""{ "chat": { "id": 501 }, "date": 99999999999999, "text": "half \ud83d of a pair, \\ud83d and \ud83c\udf89 whole" }""",
        "half \uFFFD of a pair, \\ud83d and 🎉 whole")]
    public void What_is_broken_around_a_text_does_not_cost_the_text(string content, string text) =>
        Assert.Equal(text, Message("message", content).Text);

    [Theory]
    [InlineData("supergroup", "left", "member", MemberChange.BotAdded)]
    [InlineData("channel", "kicked", "administrator", MemberChange.BotAdded)]
    [InlineData("group", "member", "administrator", null)]
    [InlineData("group", "member", "kicked", MemberChange.BotRemoved)]
    [InlineData("private", "member", "kicked", MemberChange.BotBlocked)]
    [InlineData("private", "kicked", "member", MemberChange.BotAdded)]
    public void Who_brings_the_bot_into_a_chat_or_removes_it_is_said_and_no_change_of_rights(
        string type, string before, string now, MemberChange? change)
    {
        var reading = Read("my_chat_member", $$"""
            { "date": 1700000000, "chat": { "id": -1001, "type": "{{type}}" }, "from": { "id": 501, "first_name": "Ann" },
              "old_chat_member": { "status": "{{before}}" }, "new_chat_member": { "status": "{{now}}" } }
            """);
        Assert.Null(reading.Problem);
        var changed = reading.Event as MembersChanged;
        Assert.Equal(change, changed?.Change);
        if (changed is null) return;
        Assert.Equal(("99/12", "-1001", "501", "13"), (changed.EventId, changed.Chat.Id, changed.Sender?.Id, changed.State["cursor"]));
    }

    [Theory]
    [InlineData(""" "reply_to_message": { "message_id": 6, "text": "the whole", "from": { "id": 502, "first_name": "Ben", "username": "ben" } } """,
        "6", "the whole", "502", "Ben")]
    [InlineData(
        """ "reply_to_message": { "message_id": 6, "caption": "below a photo", "from": { "id": 99, "is_bot": true, "first_name": "Bot" } } """,
        "6", "below a photo", "99", "Bot")]
    [InlineData(""" "reply_to_message": { "message_id": 6, "text": "the whole" }, "quote": { "text": "whole", "position": 4 } """,
        "6", "whole", null, null)]
    [InlineData(""" "external_reply": { "message_id": 4, "origin": { "type": "channel", "chat": { "id": -1002, "title": "News" } } }, "quote": { "text": "a line", "position": 0 } """,
        "4", "a line", "-1002", "News")]
    [InlineData(""" "external_reply": { "origin": { "type": "hidden_user", "sender_user_name": "Hidden" }, "location": { "latitude": 1, "longitude": 2 } } """,
        null, "geo:1,2", null, null)]
    public void A_quote_has_what_is_answered_or_the_part_that_was_marked(string reply, string? id, string text, string? senderId, string? name)
    {
        var quote = Message("message", $$"""{ {{Private}}, "text": "summarise this", {{reply}} }""").Quote!;
        Assert.Equal((id, text, senderId, name), (quote.MessageId, quote.Text, quote.Sender?.Id, quote.Sender?.Name));
        Assert.Equal(senderId == "99", quote.Sender?.IsSelf == true);
    }

    [Theory]
    [InlineData("""{ "type": "user", "date": 1700000000, "sender_user": { "id": 7, "first_name": "Cy", "last_name": "D" } }""",
        "Cy D", "7", null, null)]
    [InlineData("""{ "type": "hidden_user", "date": 1700000000, "sender_user_name": "Hidden" }""", "Hidden", null, null, null)]
    [InlineData("""{ "type": "chat", "date": 1700000000, "sender_chat": { "id": -5, "title": "Team" } }""", "Team", null, "-5", null)]
    [InlineData("""{ "type": "channel", "date": 1700000000, "chat": { "id": -6, "title": "News" }, "message_id": 44 }""", "News", null, "-6", "44")]
    public void A_forward_has_its_origin(string origin, string name, string? sender, string? chat, string? message)
    {
        var from = Message("message", $$"""{ {{Private}}, "text": "look", "forward_origin": {{origin}} }""").ForwardedFrom!;
        Assert.Equal((name, sender, chat, message, DateTimeOffset.FromUnixTimeSeconds(1700000000)),
            (from.Name, from.SenderId, from.ChatId, from.MessageId, from.PlatformTime!.Value));
    }

    /// <summary>Telegram keeps the address of such a link outside the text.</summary>
    [Theory]
    [InlineData("text", "entities", "")]
    [InlineData("caption", "caption_entities", """, "document": { "file_id": "d" }""")]
    public void A_link_has_its_address_behind_its_words_also_in_captions_and_quotes(string field, string entities, string more)
    {
        const string Links =
            """[ { "type": "bold", "offset": 0, "length": 3 }, { "type": "text_link", "offset": 4, "length": 8, "url": "https://x.org/p" } ]""";
        var said = $$"""  "{{field}}": "see the plan, please", "{{entities}}": {{Links}}{{more}} """;
        const string Answering = $$"""{{Private}}, "text": "and?", "reply_to_message": { "message_id": 6, """;
        InboundMessage[] messages = [
            Message("message", $$"""{ {{Private}}, {{said}} }"""), Message("message", $$"""{ {{Answering}} {{said}} } }"""),
            Message("message",
                $$"""{ {{Answering}} "text": "more" }, "quote": { "text": "see the plan, please", "entities": {{Links}} } }""")];
        Assert.Equal(Enumerable.Repeat("see the plan (https://x.org/p), please", 3),
            [messages[0].Text, messages[1].Quote?.Text, messages[2].Quote?.Text]);
        var edit = Read("edited_message", $$"""{ {{Private}}, {{said}} }""").Event;
        Assert.Equal(messages[0].Text, Assert.IsType<MessageEdited>(edit).Text);
    }

    [Theory]
    [InlineData("https://x.org/", 0, 14, "https://x.org", "https://x.org/")]
    [InlineData("words and more ", 10, 5, "u", "words and more (u) ")]
    [InlineData("words", 0, 5, "", "words")]
    [InlineData("words", 3, 9, "u", "words")]
    [InlineData("words", -1, 2, "u", "words")]
    [InlineData("🎉 go", 3, 2, "u", "🎉 go (u)")]
    public void An_address_stands_where_the_words_end_and_only_where_it_says_more(string text, int offset, int length, string url, string read) =>
        Assert.Equal(read, Message("message", $$"""
            { {{Private}}, "text": "{{text}}",
              "entities": [ { "type": "text_link", "offset": {{offset}}, "length": {{length}}, "url": "{{url}}" } ] }
            """).Text);

    [Fact]
    public void Mentions_and_commands_have_their_places_in_the_text_with_addresses()
    {
        var message = Message("message", $$"""
            { {{Private}}, "text": "/ask a or b @ann", "entities": [ { "type": "bot_command", "offset": 0, "length": 4 },
              { "type": "text_link", "offset": 10, "length": 1, "url": "B" }, { "type": "text_link", "offset": 5, "length": 1, "url": "A" },
              { "type": "mention", "offset": 12, "length": 4 } ] }
            """);
        Assert.Equal(("/ask a (A) or b (B) @ann", "a (A) or b (B) @ann"), (message.Text, message.Command?.Arguments));
        var mention = Assert.Single(message.Mentions);
        Assert.Equal("@ann", message.Text.Substring(mention.Offset, mention.Length));
    }

    [Theory]
    [InlineData("/start", 6, "start", "")]
    [InlineData("/ask@MyBot  what now?", 10, "ask", "what now?")]
    [InlineData("/ask@Other what now?", 10, null, null)]
    public void A_command_to_the_bot_has_its_name_and_the_text_behind_it(string text, int length, string? name, string? arguments)
    {
        var command = Message("message",
            $$"""{ {{Private}}, "text": "{{text}}", "entities": [ { "type": "bot_command", "offset": 0, "length": {{length}} } ] }""").Command;
        Assert.Equal((name, arguments), (command?.Name, command?.Arguments));
    }

    [Fact]
    public void People_in_a_text_a_place_an_album_and_names_are_members_of_the_message()
    {
        var message = Message("message", $$"""
            { {{Topic}}, "text": "🎉 @ann and Ben", "entities": [ { "type": "mention", "offset": 3, "length": 4 },
              { "type": "text_mention", "offset": 12, "length": 3, "user": { "id": 502 } } ], "media_group_id": "55",
              "venue": { "location": { "latitude": 52.5, "longitude": 13.25 }, "title": "Cafe", "address": "Street 1" },
              "voice": { "file_id": "v", "duration": 12 } }
            """);
        Assert.Equal([new Mention("ann", 3, 4), new Mention("Ben", 12, 3) { Id = "502" }], message.Mentions);
        Assert.Equal(new Location(52.5, 13.25) { Name = "Cafe", Address = "Street 1" }, message.Location);
        Assert.Equal(("55", "G"), (message.GroupId, message.Chat.Title));
        Assert.Equal(TimeSpan.FromSeconds(12), Assert.Single(message.Attachments).Duration);
        var sender = Message("message", """
            { "message_id": 7, "from": { "id": 501, "first_name": "Ann", "username": "ann", "language_code": "de" }, "chat": { "id": 501, "type": "private" }, "text": "hi" }
            """).Sender;
        Assert.Equal(("ann", "de"), (sender.Username, sender.Language));
    }

    /// <summary>What is broken around a text does not cost the text.</summary>
    [Theory]
    [InlineData(""" "location": { "latitude": 91, "longitude": 1e30 } """)]
    [InlineData(""" "media_group_id": "a\nb" """)]
    [InlineData(""" "quote": 5, "reply_to_message": { "message_id": "x", "from": { "id": "y" } }, "forward_origin": { "date": -1 } """)]
    [InlineData(""" "entities": [ { "type": "bot_command", "offset": 0, "length": 1 }, { "type": "mention", "offset": 0, "length": 1 } ] """)]
    [InlineData(""" "voice": { "file_id": "v", "duration": 999999999999999999 } """)]
    public void Broken_facts_cost_nothing_but_themselves(string content) =>
        Assert.Equal("hi", Message("message", $$"""{ {{Private}}, "text": "hi", {{content}} }""").Text);

    private static InboundMessage Message(string kind, string content) =>
        Read(kind, content) is { Event: InboundMessage message } ? message : throw new InvalidOperationException(Read(kind, content).Problem);

    private static UpdateReading Read(string kind, string content) => Reader.Read(
        JsonDocument.Parse($$"""{ "update_id": 12, "{{kind}}": {{content}} }""").RootElement,
        static id => new Dictionary<string, string> { ["cursor"] = $"{id + 1}" });
}
