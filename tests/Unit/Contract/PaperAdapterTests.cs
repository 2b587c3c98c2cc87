using System.Text.RegularExpressions;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Loading;
using PluginGateway.PaperAdapters;
using PluginGateway.Store;

namespace PluginGateway.Tests.Contract;

/// <summary>Six platforms on paper for which the contract was not made: their events arrive in typed members, and the calls of the host become
/// requests of theirs, with nothing but the contract.</summary>
public sealed class PaperAdapterTests
{
    private const string Token = "AbCdEfGhIjKlMnOpQrStUv";

    public static TheoryData<string> Platforms => ["discord", "slack", "matrix", "whatsapp", "teams", "mail"];

    [Fact]
    public async Task Discord()
    {
        var (paper, events) = await Fed("discord");
        var message = Assert.IsType<InboundMessage>(events[0]);
        Assert.Equal(("1101", "1101", new Chat("2201", ChatKind.Group), "501", "Ann", "ann"),
            (message.EventId, message.MessageId, message.Chat, message.Sender.Id, message.Sender.Name, message.Sender.Username));
        Assert.Equal(("<@9001> summarise this", true, "9001", 0, 7),
            (message.Text, message.MentionsBot, message.Mentions[0].Id, message.Mentions[0].Offset, message.Mentions[0].Length));
        Assert.Equal(("1099", "A long text", "502"), (message.Quote!.MessageId, message.Quote.Text, message.Quote.Sender!.Id));
        Assert.Equal((AttachmentKind.Voice, 4711L, TimeSpan.FromSeconds(2.5)),
            (message.Attachments[0].Kind, message.Attachments[0].Size, message.Attachments[0].Duration));
        var press = Assert.IsType<ButtonPressed>(events[1]);
        Assert.Equal(("1201", Token, "1102", "501", "de"), (press.EventId, press.Token, press.MessageId, press.Sender.Id, press.Sender.Language));
        Assert.Equal(("1201/9001/aW50SECRET", PaperHost.Now.AddMinutes(15)), (press.Ticket!.Value, press.Ticket.ExpiresAt));
        var edit = Assert.IsType<MessageEdited>(events[2]);
        Assert.Equal(("1101@2026-11-30T12:00:01.000000+00:00", "1101", "<@9001> shorter"), (edit.EventId, edit.MessageId, edit.Text));
        var reaction = Assert.IsType<ReactionChanged>(events[3]);
        Assert.Equal(("1102:501:44", "1102", "party", "party:77"),
            (reaction.EventId, reaction.MessageId, reaction.Added.Single().Emoji, reaction.Added.Single().CustomId));
        Assert.Equal((TextFormat.Markdown, TextFormat.Markdown), (message.Format, edit.Format));
        Assert.Equal("44", paper.Host.Stored["sequence"]);

        var sent = await paper.SendAsync(message.Chat, "1101", """{ "id": "1102" }""");
        Assert.Equal("POST /channels/2201/messages", sent.Line);
        Assert.Contains($"\"custom_id\":\"{Token}\"", sent.Body, StringComparison.Ordinal);
        Assert.Contains("\"nonce\":\"t1-0\",\"enforce_nonce\":true", sent.Body, StringComparison.Ordinal);
        Assert.Contains("\"message_reference\":{\"message_id\":\"1101\"}", sent.Body, StringComparison.Ordinal);
        Assert.Equal(("PATCH /channels/2201/messages/1102", """{"content":"**done**"}"""), await paper.EditAsync("""{ "id": "1102" }"""));
        Assert.Equal("POST /interactions/1201/aW50SECRET/callback", (await paper.AnswerAsync(press)).Line);
        var reply = new OutboundMessage("t2-0", message.Chat, "done") { Ticket = press.Ticket };
        Assert.Equal("POST /webhooks/9001/aW50SECRET", (await paper.RequestAsync(reply, """{ "id": "1103" }""")).Line);
        paper.Expect("""{ "message": "Invalid Webhook Token", "code": 50027 }""");
        Assert.Equal("POST /channels/2201/messages", (await paper.RequestAsync(reply, """{ "id": "1104" }""")).Line);
        var limited = await paper.ResultAsync(message.Chat, """{ "message": "You are being rate limited.", "retry_after": 1.5, "global": false }""");
        Assert.Equal((SendErrorKind.RateLimited, TimeSpan.FromSeconds(1.5), RateLimitScope.Chat),
            (limited.Error!.Kind, limited.Error.Retry.Delay, limited.Error.Scope));
    }

    [Fact]
    public async Task Slack()
    {
        var (paper, events) = await Fed("slack");
        var message = Assert.IsType<InboundMessage>(events[0]);
        Assert.Equal(("Ev01", "1764503998.000100", new Chat("C01", ChatKind.Group, "1764503000.000001"), "U501"),
            (message.EventId, message.MessageId, message.Chat, message.Sender.Id));
        Assert.Equal((true, "U0BOT", "1764503000.000001", "a.pdf"),
            (message.MentionsBot, message.Mentions[0].Id, message.Quote!.MessageId, message.Attachments[0].Name));
        var press = Assert.IsType<ButtonPressed>(events[1]);
        Assert.Equal((Token, "1764504000.000200", "general", message.Chat), (press.Token, press.MessageId, press.Chat.Title, press.Chat));
        Assert.Equal("https://hooks.example/actions/T01/1/SECRET", press.Ticket!.Value);
        Assert.Equal(new Dictionary<string, string> { ["size"] = "L", ["note"] = "today" }, press.Values);
        var edit = Assert.IsType<MessageEdited>(events[2]);
        Assert.Equal(("Ev03", "1764503998.000100", "shorter"), (edit.EventId, edit.MessageId, edit.Text));
        Assert.Equal(new ReactionEmoji("thumbsup"), Assert.IsType<ReactionChanged>(events[3]).Added.Single());
        // Its own markup (*bold*) is not Markdown.
        Assert.Equal((TextFormat.Plain, TextFormat.Plain), (message.Format, edit.Format));

        var sent = await paper.SendAsync(message.Chat, null, """{ "ok": true, "ts": "1764504000.000200" }""");
        Assert.Equal("POST chat.postMessage", sent.Line);
        Assert.Contains("\"event_payload\":{\"key\":\"t1-0\"}", sent.Body, StringComparison.Ordinal);
        var reply = new OutboundMessage("t2-0", message.Chat, "done") { Ticket = press.Ticket };
        var responded = await paper.RequestAsync(reply, """{ "ok": true }""");
        Assert.Equal($"POST {press.Ticket!.Value}", responded.Line);
        Assert.Contains("\"response_type\":\"in_channel\",\"replace_original\":false", responded.Body, StringComparison.Ordinal);
        paper.Expect("""{ "ok": false, "error": "used_url" }""");
        Assert.Equal("POST chat.postMessage", (await paper.RequestAsync(reply, """{ "ok": true, "ts": "1764504000.000300" }""")).Line);
        Assert.Contains("\"thread_ts\":\"1764503000.000001\"", sent.Body, StringComparison.Ordinal);
        Assert.Contains($"\"value\":\"{Token}\"", sent.Body, StringComparison.Ordinal);
        var alone = await paper.RequestAsync(new OutboundMessage("t1-2", message.Chat, "For you") { VisibleTo = message.Sender });
        Assert.Equal("POST chat.postEphemeral", alone.Line);
        Assert.Contains("\"user\":\"U501\"", alone.Body, StringComparison.Ordinal);
        var (line, body) = await paper.EditAsync("""{ "ok": true, "ts": "1764504000.000200" }""");
        Assert.Equal("POST chat.update", line);
        Assert.Contains("\"blocks\":[{\"type\":\"markdown\",\"text\":\"**done**\"}],\"ts\":\"m-out\"", body, StringComparison.Ordinal);
        Assert.Equal("POST https://hooks.example/actions/T01/1/SECRET", (await paper.AnswerAsync(press)).Line);
        var refused = await paper.ResultAsync(message.Chat, """{ "ok": false, "error": "channel_not_found" }""");
        Assert.Equal(("channel_not_found", SendRetryKind.Never), (refused.Error!.PlatformCode, refused.Error.Retry.Kind));
    }

    /// <summary>A press is the number of a choice: the host has sent the buttons as a list.</summary>
    [Fact]
    public async Task Matrix()
    {
        var (paper, events) = await Fed("matrix");
        var message = Assert.IsType<InboundMessage>(events[0]);
        Assert.Equal(("$m1", new Chat("!room:example.org", ChatKind.Group, "$root"), "@ann:example.org", true, "$m0"),
            (message.EventId, message.Chat, message.Sender.Id, message.MentionsBot, message.Quote!.MessageId));
        var edit = Assert.IsType<MessageEdited>(events[1]);
        Assert.Equal(("$m2", "$m1", "shorter"), (edit.EventId, edit.MessageId, edit.Text));
        var reaction = Assert.IsType<ReactionChanged>(events[2]);
        Assert.Equal(("$m3", "$out", new ReactionEmoji("👍")), (reaction.EventId, reaction.MessageId, reaction.Added.Single()));
        Assert.Equal(["$m1"], Assert.IsType<MessageDeleted>(events[3]).MessageIds);
        Assert.Equal(["Read $out by @ann:example.org"], Reports(events));
        Assert.Equal("s72_1", paper.Host.Stored["since"]);
        Assert.All(events, static e => Assert.Empty(e.State));
        Assert.True(message.IsHistory);
        await paper.Adapter.ReceiveAsync(PaperPayloads.Matrix[0], CancellationToken.None);
        Assert.False(Assert.IsType<InboundMessage>(paper.Host.Received[events.Count]).IsHistory);
        Assert.Equal(0, MatrixAdapter.Declaration.MaxButtons);

        var (line, body) = await paper.SendAsync(message.Chat, "$m1", """{ "event_id": "$out" }""", buttons: false);
        Assert.Equal("PUT /rooms/!room:example.org/send/m.room.message/t1-0", line);
        Assert.Contains(
            "{\"rel_type\":\"m.thread\",\"event_id\":\"$root\",\"m.in_reply_to\":{\"event_id\":\"$m1\"}}", body, StringComparison.Ordinal);
        (line, body) = await paper.EditAsync("""{ "event_id": "$e1" }""");
        Assert.Equal("PUT /rooms/!room:example.org/send/m.room.message/t1-1", line);
        Assert.Contains("\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"m-out\"}", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatsApp()
    {
        var (paper, events) = await Fed("whatsapp");
        var message = Assert.IsType<InboundMessage>(events[0]);
        Assert.Equal(("wamid.1", new Chat("491700000001", ChatKind.Direct), "Ann", "491700000001", "wamid.0", "491700000099"),
            (message.EventId, message.Chat, message.Sender.Name, message.Sender.Account, message.Quote!.MessageId, message.Quote.Sender!.Id));
        var press = Assert.IsType<ButtonPressed>(events[1]);
        Assert.Equal((Token, "wamid.out", null), (press.Token, press.MessageId, press.Ticket));
        Assert.Equal([new ReactionEmoji("👍")], Assert.IsType<ReactionChanged>(events[2]).Added);
        // The platform does not say which reaction was removed.
        var removed = Assert.IsType<ReactionChanged>(events[3]);
        Assert.Equal(("wamid.out", 0, 0), (removed.MessageId, removed.Added.Count, removed.Removed.Count));
        var voice = Assert.IsType<InboundMessage>(events[4]).Attachments.Single();
        Assert.Equal((AttachmentKind.Voice, "media1"), (voice.Kind, voice.Reference));
        Assert.Equal(["Delivered wamid.out", "Read wamid.out", "Failed wamid.out2: Re-engagement message"], Reports(events));

        var (line, body) = await paper.SendAsync(message.Chat, "wamid.1", """{ "messages": [{ "id": "wamid.out" }] }""");
        Assert.Equal("POST /106540000000001/messages", line);
        Assert.Contains("\"context\":{\"message_id\":\"wamid.1\"},\"biz_opaque_callback_data\":\"t1-0\"", body, StringComparison.Ordinal);
        Assert.Contains($"\"reply\":{{\"id\":\"{Token}\",\"title\":\"Yes\"}}", body, StringComparison.Ordinal);
        var asked = await paper.RequestAsync(
            new OutboundMessage("t1-2", message.Chat, "") { Extras = new Dictionary<string, string> { ["template"] = "order_ready" } });
        Assert.Contains("\"type\":\"template\",\"template\":{\"name\":\"order_ready\"", asked.Body, StringComparison.Ordinal);
        asked = await paper.RequestAsync(new OutboundMessage("t1-3", message.Chat, "") { Location = new Location(52.5, 13.4) { Name = "Berlin" } });
        Assert.Contains("\"location\":{\"latitude\":52.5,\"longitude\":13.4,\"name\":\"Berlin\"}", asked.Body, StringComparison.Ordinal);
        var closed = await paper.ResultAsync(message.Chat, """{ "error": { "code": 131047, "message": "Re-engagement message" } }""");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.WindowClosed, "131047"), (closed.Outcome, closed.Error!.Kind, closed.Error.PlatformCode));
    }

    [Fact]
    public async Task Teams()
    {
        var (paper, events) = await Fed("teams");
        var message = Assert.IsType<InboundMessage>(events[0]);
        Assert.Equal(("1764503998000", new Chat("19:channel@thread.tacv2", ChatKind.Channel, "1764503000000"), "General"),
            (message.EventId, message.Chat, message.Chat.Title));
        Assert.Equal(("29:ann", "00000000-0000-0000-0000-000000000501", "de-DE", true, "28:bot", "1764503000000"),
            (message.Sender.Id, message.Sender.Account, message.Sender.Language, message.MentionsBot, message.Mentions[0].Id,
                message.Quote!.MessageId));
        var press = Assert.IsType<ButtonPressed>(events[1]);
        Assert.Equal((Token, "1764504000000", null), (press.Token, press.MessageId, press.Ticket));
        Assert.Equal(new Dictionary<string, string> { ["size"] = "L" }, press.Values);
        var edit = Assert.IsType<MessageEdited>(events[2]);
        Assert.Equal(("1764503998000@2026-11-30T11:59:58.5Z", "1764503998000", "**shorter**"), (edit.EventId, edit.MessageId, edit.Text));
        Assert.Equal((TextFormat.Plain, TextFormat.Markdown), (message.Format, edit.Format));
        var reaction = Assert.IsType<ReactionChanged>(events[3]);
        Assert.Equal(("1764504000000", "like", "heart"), (reaction.MessageId, reaction.Added.Single().Emoji, reaction.Removed.Single().Emoji));
        Assert.Equal(["Read 1764504000000 by 29:ann"], Reports(events));
        // The verdict is in the answer to the request itself.
        paper.Host.Answer = Acceptance.Stored with { Answer = new InteractionAnswer(InteractionVerdict.Taken, "Danke.") };
        var answered = await paper.Adapter.ReceiveAsync(PaperPayloads.Teams[1], CancellationToken.None);
        Assert.Contains("\"value\":\"Danke.\"", answered, StringComparison.Ordinal);

        var (line, body) = await paper.SendAsync(message.Chat, null, """{ "id": "1764504000000" }""");
        Assert.Equal("POST https://smba.example/emea/v3/conversations/19:channel@thread.tacv2/activities", line);
        Assert.Contains($"\"title\":\"Yes\",\"verb\":\"press\",\"data\":{{\"token\":\"{Token}\"}}", body, StringComparison.Ordinal);
        (line, body) = await paper.EditAsync("{}");
        Assert.Equal("PUT https://smba.example/emea/v3/conversations/19:channel@thread.tacv2/activities/m-out", line);
        Assert.Equal("""{"type":"message","text":"**done**","textFormat":"markdown"}""", body);
    }

    /// <summary>A press is the number of a choice, as on Matrix; a mail is not edited and has no reactions.</summary>
    [Fact]
    public async Task Mail()
    {
        var (paper, events) = await Fed("mail");
        var message = Assert.IsType<InboundMessage>(events[0]);
        Assert.Equal(("<m1@example.org>", new Chat("ann@example.org", ChatKind.Direct, "<root@example.org>"), "Report", "summarise this"),
            (message.EventId, message.Chat, message.Chat.Title, message.Text));
        Assert.Equal(("ann@example.org", "Ann", "ann@example.org", "<m0@gateway.example>", "a.pdf"),
            (message.Sender.Id, message.Sender.Name, message.Sender.Account, message.Quote!.MessageId, message.Attachments.Single().Name));
        // A forged sender has an address and no account.
        Assert.Equal(("boss@example.org", null), (events[1].Sender!.Id, events[1].Sender!.Account));
        Assert.Equal(["Failed <t1-0@gateway.example>: smtp; 550 no such mailbox", "Read <t1-1@gateway.example>"], Reports(events));
        Assert.Equal((4, "1700/44", 0), (events.Count, paper.Host.Stored["position"], MailAdapter.Declaration.MaxButtons));

        var (line, body) = await paper.SendAsync(message.Chat, "<m1@example.org>", "250 queued", buttons: false);
        Assert.Equal("MAIL ann@example.org", line);
        Assert.Equal(
            """
            From: bot@gateway.example
            To: ann@example.org
            Message-ID: <t1-0@gateway.example>
            Subject: Re: Report
            In-Reply-To: <m1@example.org>
            References: <root@example.org> <m0@gateway.example> <m1@example.org>
            Content-Type: text/plain; charset=utf-8

            A choice

            """, body);
        var other = await paper.RequestAsync(
            new OutboundMessage("t1-2", message.Chat, "text") { Extras = new Dictionary<string, string> { ["subject"] = "Another" } }, "250 queued");
        Assert.Contains("Subject: Another\n", other.Body, StringComparison.Ordinal);
        Assert.Equal(SendRetryKind.WithBackoff, (await paper.ResultAsync(message.Chat, "451 greylisted")).Error!.Retry.Kind);
        Assert.Equal("550", (await paper.ResultAsync(message.Chat, "550 no such mailbox")).Error!.PlatformCode);
    }

    [Theory]
    [MemberData(nameof(Platforms))]
    public async Task Secrets_are_in_tickets_only(string platform)
    {
        var (_, events) = await Fed(platform);
        foreach (var received in events)
        {
            var shown = FullMessage.Members(received with { Ticket = null }).Select(static member => member.Value).Append(received.ToString());
            Assert.All(shown, static text => Assert.DoesNotContain("SECRET", text, StringComparison.Ordinal));
        }
    }

    /// <summary>A fact in <see cref="InboundEvent.Extras"/> is one for which the contract has no member.</summary>
    [Theory]
    [InlineData("discord", "")]
    [InlineData("slack", "")]
    [InlineData("matrix", "")]
    [InlineData("whatsapp", "")]
    [InlineData("teams", "tenant=t-1")]
    [InlineData("mail", "")]
    public async Task Extras_have_what_only_one_platform_knows(string platform, string extras)
    {
        var (_, events) = await Fed(platform);
        Assert.Equal(extras, string.Join(' ', events.SelectMany(static e => e.Extras).Select(static fact => $"{fact.Key}={fact.Value}")));
    }

    [Theory]
    [MemberData(nameof(Platforms))]
    public async Task Every_event_is_sound_to_the_host(string platform)
    {
        var (_, events) = await Fed(platform);
        Assert.All(events, static e => Assert.Same(e, InboundRules.Sanitize(e)));
        Assert.Equal(events.Count, events.Select(static e => e.EventId).Distinct().Count());
    }

    [Fact]
    public void Paper_adapters_have_the_contract_only_and_cast_nothing_of_it()
    {
        var assembly = typeof(DiscordAdapter).Assembly;
        Assert.Equal(["PluginGateway.Abstractions"], assembly.GetReferencedAssemblies().Select(static name => name.Name!)
            .Where(static name => !name.StartsWith("System", StringComparison.Ordinal)));
        Assert.Equal(6, assembly.GetTypes().Count(static type => !type.IsAbstract && type.IsAssignableTo(typeof(IChannelAdapter))));
        var contract = string.Join('|', typeof(IChannelAdapter).Assembly.GetExportedTypes().Select(static type => Regex.Escape(type.Name)));
        var cast = new Regex($@"\(({contract})\??\)\s*[\w(]|\b(as|is) ({contract})\b");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository(), "tests", "Contract"), "*Adapter.cs"))
            Assert.DoesNotContain(File.ReadLines(file), line => cast.IsMatch(line));
    }

    [Theory]
    [MemberData(nameof(Platforms))]
    public void Constants_of_the_platform_fit_the_attribute(string platform)
    {
        var declared = (ChannelAdapterAttribute)AdapterOf(platform).GetProperty("Declaration")!.GetValue(null)!;
        Assert.Equal((platform, AdapterOf(platform)), (declared.Platform, declared.AdapterType));
        Assert.NotEqual(InboundClass.NonReplayable, declared.Inbound);
    }

    /// <summary>A long text in four-byte letters and more buttons than most platforms show leave dispatch in pieces and buttons that the platform takes by
    /// what its attribute declares.</summary>
    [Theory]
    [MemberData(nameof(Platforms))]
    public void Messages_leave_dispatch_in_the_form_that_the_attribute_declares(string platform)
    {
        var traits = TraitsOf((ChannelAdapterAttribute)AdapterOf(platform).GetProperty("Declaration")!.GetValue(null)!);
        ButtonPayload[] buttons = [.. Enumerable.Range(0, 5).Select(static i => new ButtonPayload(Token, $"{i} {new string('x', 90)}"))];
        var rendered = Rendering.For(new OutboundPayload(new ChatPayload("c", null, null), string.Concat(Enumerable.Repeat("😀 ", 100_000)), Buttons: buttons), traits);
        Assert.Equal(traits.MaxButtons >= buttons.Length, rendered.Buttons is not null);
        Assert.Equal(rendered.Buttons is null, rendered.FullText.Contains("\n5. 4 xxx", StringComparison.Ordinal));
        Assert.All(rendered.Buttons ?? [], button =>
        {
            Assert.True(traits.MaxButtonLabel == 0 || button.Label.Length <= traits.MaxButtonLabel, button.Label);
            Assert.True(traits.ButtonIdBytes == 0 || button.Token.Length <= traits.ButtonIdBytes, button.Token);
        });
        var (splitter, pieces, end) = (new TextSplitter(rendered.FullText, traits.MaxTextLength, traits.TextUnit, TextFormat.Plain), 0, 0);
        for (; end < rendered.FullText.TrimEnd().Length; pieces++)
        {
            var piece = splitter.Next(end);
            Assert.InRange(TextSplitter.Measure(piece.Text, traits.TextUnit), 1, traits.MaxTextLength);
            end = piece.End;
        }

        Assert.InRange(pieces, rendered.FullText.Length > traits.MaxTextLength ? 2 : 1, int.MaxValue);
    }

    /// <summary>Returns what the host keeps of an attribute: the members of the same name.</summary>
    private static AdapterTraits TraitsOf(ChannelAdapterAttribute declared)
    {
        var traits = new AdapterTraits();
        foreach (var kept in typeof(AdapterTraits).GetProperties())
        {
            if (typeof(ChannelAdapterAttribute).GetProperty(kept.Name) is { } member && kept.PropertyType == member.PropertyType && kept.CanWrite)
                kept.SetValue(traits, member.GetValue(declared));
        }

        return traits;
    }

    private static IEnumerable<string> Reports(IReadOnlyList<InboundEvent> events) => events.OfType<DeliveryChanged>().Select(static report =>
        $"{report.Change} {report.MessageId}{(report.Sender is { } who ? $" by {who.Id}" : "")}{(report.Error is { } error ? $": {error}" : "")}");

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "PluginGateway.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    private static Type AdapterOf(string platform) => typeof(DiscordAdapter).Assembly.GetTypes()
        .Single(type => type.Name.Equals($"{platform}Adapter", StringComparison.OrdinalIgnoreCase));

    private static async Task<(Paper Paper, IReadOnlyList<InboundEvent> Events)> Fed(string platform)
    {
        var paper = new Paper(AdapterOf(platform));
        await paper.ConnectAsync();
        var payloads = typeof(PaperPayloads).GetFields().Single(field => field.Name.Equals(platform, StringComparison.OrdinalIgnoreCase));
        foreach (var payload in (string[])payloads.GetValue(null)!) await paper.Adapter.ReceiveAsync(payload, CancellationToken.None);
        return (paper, [.. paper.Host.Received]);
    }

    /// <summary>One platform: the adapter that received, and for each request of the host a new one, which has the host's state only.</summary>
    private sealed class Paper(Type type)
    {
        private readonly RecordedPlatform _platform = new();
        private Chat? _chat;

        public PaperHost Host { get; } = new();

        public PaperAdapter Adapter => field ??= Another();

        public async Task ConnectAsync()
        {
            _platform.Answers.Enqueue("""{ "id": "9001", "user_id": "@bot:example.org", "app_id": "28:bot", "team_id": "T01" }""");
            var info = await Adapter.ConnectAsync(new ConnectContext(1, false, "start"), CancellationToken.None);
            Assert.NotNull(info.AccountId);
            _platform.Answers.Clear();
        }

        public async Task<(string Line, string Body)> SendAsync(Chat chat, string? replyTo, string answer, bool buttons = true)
        {
            _platform.Answers.Enqueue(answer);
            var result = await Another().SendAsync(new OutboundMessage("t1-0", _chat = chat, "A choice")
            {
                ReplyTo = replyTo,
                Buttons = buttons ? [new OutboundButton(Token, "Yes")] : [],
            }, CancellationToken.None);
            Assert.Equal(SendOutcome.Sent, result.Outcome);
            return Last();
        }

        /// <summary>The platform answers the next request with this.</summary>
        public void Expect(string answer) => _platform.Answers.Enqueue(answer);

        /// <summary>Sends a message that the platform answers otherwise.</summary>
        public Task<SendResult> ResultAsync(Chat chat, string answer)
        {
            _platform.Answers.Enqueue(answer);
            return Another().SendAsync(new OutboundMessage("t1-9", chat, "text"), CancellationToken.None);
        }

        /// <summary>Sends a message, and returns the request to the platform.</summary>
        public async Task<(string Line, string Body)> RequestAsync(
            OutboundMessage message, string answer = """{ "ok": true, "message_ts": "1", "messages": [{ "id": "wamid.9" }] }""")
        {
            _platform.Answers.Enqueue(answer);
            Assert.Equal(SendOutcome.Sent, (await Another().SendAsync(message, CancellationToken.None)).Outcome);
            return Last();
        }

        /// <summary>Edits the message to its last form: formatted, and without buttons.</summary>
        public async Task<(string Line, string Body)> EditAsync(string answer)
        {
            _platform.Answers.Enqueue(answer);
            var edit = new MessageEdit("t1-1", new MessageRef(_chat!, "m-out"), "**done**") { Format = TextFormat.Markdown };
            if (type == typeof(DiscordAdapter)) edit = edit with { Message = new MessageRef(_chat!, "1102") };
            Assert.Equal(SendOutcome.Sent, (await ((IEditMessages)Another()).EditAsync(edit, CancellationToken.None)).Outcome);
            return Last();
        }

        public async Task<(string Line, string Body)> AnswerAsync(ButtonPressed press)
        {
            var answer = new TicketAnswer(press.Ticket!, press.Chat, new InteractionAnswer(InteractionVerdict.Taken, "Danke."));
            await ((IAnswerInteractions)Another()).AnswerAsync(answer, CancellationToken.None);
            return Last();
        }

        private PaperAdapter Another() => (PaperAdapter)Activator.CreateInstance(type, Host, _platform)!;

        private (string Line, string Body) Last() => _platform.Requests[^1] is var last ? ($"{last.Method} {last.Address}", last.Body) : default;
    }
}
