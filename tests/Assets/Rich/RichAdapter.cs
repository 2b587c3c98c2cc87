using System.Text.Json;
using PluginGateway;
using Rich;

[assembly: ChannelAdapter("rich", typeof(RichAdapter), MaxTextLength = 200, MaxAttachments = 1, MaxAttachmentBytes = 100_000,
    Inbound = InboundClass.AckGated, Features = MessageFeatures.Tickets)]

namespace Rich;

/// <summary>An adapter with every capability of messages, whose platform is a folder.</summary>
/// <remarks>In its data folder: files under <c>in</c> are messages (the name is the event id; each line but the first names an attachment; a first
/// line with <c>!</c> is something else, see <c>EventIn</c>),
/// <c>files</c> has what they attach,
/// <c>journal</c> gets a line of JSON for whatever it does, <c>hang</c> names the member that never comes back, and <c>connection</c> has the account
/// and the limits of the next connection as JSON.</remarks>
public sealed class RichAdapter(AdapterContext host) : IChannelAdapter, IEditMessages, IDeleteMessages, IReactToMessages, IFetchAttachments
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _inbox = Path.Combine(host.DataDirectory, "in");
    private volatile bool _closed;

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_inbox);
        Directory.CreateDirectory(Path.Combine(host.DataDirectory, "files"));
        return Task.FromResult(Connection());
    }

    public Task RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.Register(() => _end.TrySetResult());
        new Thread(Listen) { IsBackground = true, Name = "rich" }.Start();
        return _end.Task;
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var file = message.Attachments.Count > 0 ? message.Attachments[0] : null;
        return Do("send", $"r-{message.Key}", ("text", message.Text), ("file", file?.Name), ("kind", file?.Kind.ToString()),
            ("chat", message.Chat.Id), ("chatKind", message.Chat.Kind.ToString()), ("format", message.Format.ToString()),
            ("ticket", message.Ticket?.Value), ("content", file is null ? null : File.ReadAllText(file.Path)), ("path", file?.Path),
            ("buttons", message.Buttons.Count == 0 ? null : string.Join('|', message.Buttons.Select(static button => button.Label))),
            ("tokens", message.Buttons.Count == 0 ? null : string.Join('|', message.Buttons.Select(static button => button.Token))));
    }

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken) =>
        Do("edit", edit.Message.MessageId, ("text", edit.Text), ("chat", edit.Message.Chat.Id), ("chatKind", edit.Message.Chat.Kind.ToString()));

    public Task<SendResult> DeleteAsync(MessageDeletion deletion, CancellationToken cancellationToken) => Do("delete", deletion.Message.MessageId);

    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken) =>
        Do("react", reaction.Message.MessageId, ("text", reaction.Emoji), ("chatKind", reaction.Message.Chat.Kind.ToString()));

    public async Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        File.WriteAllText(request.Path, "half of it");
        await Do("fetch", request.Attachment.Reference);
        File.Copy(Path.Combine(host.DataDirectory, "files", request.Attachment.Reference), request.Path, overwrite: true);
        return new FetchedAttachment(new FileInfo(request.Path).Length, "text/plain");
    }

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private async Task<SendResult> Do(string what, string message, params (string Name, string? Value)[] facts)
    {
        var hang = Path.Combine(host.DataDirectory, "hang");
        if (File.Exists(hang) && File.ReadAllText(hang) == what)
        {
            Note($"hangs in {what}", message);
            await new TaskCompletionSource().Task;
        }

        Note(what, message, facts);
        return SendResult.Sent(message);
    }

    private ConnectionInfo Connection()
    {
        var file = Path.Combine(host.DataDirectory, "connection");
        if (!File.Exists(file)) return ConnectionInfo.Empty;
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        int? Number(string name) => json.RootElement.TryGetProperty(name, out var number) ? number.GetInt32() : null;
        double? Rate(string name) => json.RootElement.TryGetProperty(name, out var number) ? number.GetDouble() : null;
        string? Text(string name) => json.RootElement.TryGetProperty(name, out var text) ? text.GetString() : null;
        return new ConnectionInfo
        {
            AccountId = Text("accountId"),
            AccountName = Text("accountName"),
            MaxTextLength = Number("maxTextLength"),
            MaxCaption = Number("maxCaption"),
            MaxEdits = Number("maxEdits"),
            EditWindowSeconds = Number("editWindowSeconds"),
            MaxAttachmentBytes = Number("maxAttachmentBytes"),
            MaxButtons = Number("maxButtons"),
            MaxButtonLabel = Number("maxButtonLabel"),
            GroupMessagesPerMinute = Number("groupMessagesPerMinute"),
            ChatEditsPerSecond = Rate("chatEditsPerSecond"),
        };
    }

    private void Listen()
    {
        while (!_closed)
        {
            foreach (var file in Directory.GetFiles(_inbox).Order(StringComparer.Ordinal)) Take(file);
            Thread.Sleep(10);
        }
    }

    private void Take(string file)
    {
        var (name, lines) = (Path.GetFileName(file), File.ReadAllLines(file));
        var message = new InboundMessage(name, new Chat("room", ChatKind.Direct), new Sender("tester"), lines[0])
        {
            MessageId = $"theirs-{name}",
            Attachments = [.. lines[1..].Select(static reference => new Attachment(reference, AttachmentKind.File) { Name = $"../{reference}.txt" })],
        };
        try
        {
            var answer = host.Inbox.AcceptAsync(EventIn(message, lines[0]), CancellationToken.None);
            if (answer.Wait(TimeSpan.FromSeconds(30)) && answer.Result.Acknowledge) File.Delete(file);
            else Thread.Sleep(100);
        }
        catch (Exception refused) when ((refused.InnerException ?? refused) is ArgumentException)
        {
            File.Delete(file);
            _closed = true;
            _end.TrySetException(refused.InnerException ?? refused);
        }
    }

    /// <summary>Returns what a line stands for: <c>!read ID</c> and <c>!failed ID reason</c> the platform's report about a message of ours,
    /// <c>!press TOKEN NAME=VALUE;...</c> the press of a button with values of fields, <c>!ticket VALUE TEXT</c> a message that is answered by a ticket, which lives for a minute, <c>!markdown TEXT</c> a message in Markdown, <c>!reacted NAME ID</c> a reaction to a message of ours by an emoji of the platform,
    /// <c>!blocked</c> that the bot is, and <c>!nameless</c> an event without an id.</summary>
    private InboundEvent EventIn(InboundMessage message, string line)
    {
        var (name, chat) = (message.EventId, message.Chat);
        return line.Split(' ', 3) switch
        {
            ["!read", var id] => new DeliveryChanged(name, chat, null, id, DeliveryChange.Read),
            ["!failed", var id, .. var why] =>
                new DeliveryChanged(name, chat, null, id, DeliveryChange.Failed) { Error = why is [var error] ? error : null },
            ["!press", var token, var fields] => new ButtonPressed(name, chat, message.Sender, token)
            {
                Values = fields.Split(';').Select(static field => field.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]),
            },
            ["!ticket", var ticket, var text] => message with { Text = text, Ticket = new Ticket(ticket, host.Clock.GetUtcNow().AddMinutes(1)) },
            ["!markdown", ..] => message with { Text = line["!markdown ".Length..], Format = TextFormat.Markdown },
            ["!reacted", var emoji, var id] => new ReactionChanged(name, chat, message.Sender, "r-ours") { Added = [new(emoji) { CustomId = id }] },
            ["!blocked"] => new MembersChanged(name, chat, message.Sender, MemberChange.BotBlocked),
            ["!nameless"] => message with { EventId = null },
            _ => message,
        };
    }

    private void Note(string what, string message, params (string Name, string? Value)[] facts)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("did", what);
            json.WriteString("message", message);
            json.WriteString("at", host.Clock.GetUtcNow());
            foreach (var (name, value) in facts.Where(static fact => fact.Value is not null)) json.WriteString(name, value);
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        using var journal = new FileStream(Path.Combine(host.DataDirectory, "journal"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        journal.Write(bytes.ToArray());
    }
}
