using System.Globalization;
using System.Text;

namespace PluginGateway.PaperAdapters;

/// <summary>Mail: messages of a mailbox with their IMAP positions, MIME messages for SMTP. Source of the shapes: RFC 5322 (messages), 3501 (UID and
/// UIDVALIDITY), 3464 (delivery reports), 8098 (read reports), 8601 (Authentication-Results). It has no edits, reactions and buttons.</summary>
internal sealed class MailAdapter(AdapterContext host, RecordedPlatform platform) : PaperAdapter(host, platform)
{
    /// <summary>Option of a message: its subject.</summary>
    private const string Subject = "subject";

    private const string Own = "bot@gateway.example";

    public static ChannelAdapterAttribute Declaration => new("mail", typeof(MailAdapter))
    {
        MaxTextLength = 1_000_000,
        SenderIdsProve = false,
        Inbound = InboundClass.CursorPolled,
        // The key is the Message-ID: a server that has it delivers it once, and a mailbox shows it once.
        Idempotency = Idempotency.None,
        MaxAttachments = 20,
        Extras = [Subject],
        MaxAttachmentBytes = 20_000_000,
        CredentialSettings = ["password"],
    };

    public override Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(new ConnectionInfo { AccountId = Own, AccountName = Own });

    /// <param name="payload">The line <c>UIDVALIDITY/UID</c>, then the message.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public override async Task<string?> ReceiveAsync(string payload, CancellationToken cancellationToken)
    {
        var line = payload.IndexOf('\n', StringComparison.Ordinal);
        var (position, mail) = (payload[..line], Mail.Parse(payload[(line + 1)..]));
        InboundEvent received = mail.Report is null ? Message(mail, position) : Report(mail, position);
        var state = new Dictionary<string, string> { ["position"] = position };
        // An answer needs the subject and the whole chain of references.
        if (received is { Chat.Thread: { } root }) state[Slot(root)] = $"{mail["Subject"]}\n{mail["References"]} {mail["Message-ID"]}";
        return (await AcceptAsync(received with { State = state }, cancellationToken)).Acknowledge ? Seen(position) : null;
    }

    public override async Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var known = message.Chat.Thread is { } root ? await Host.State.GetAsync(Slot(root), cancellationToken) : null;
        var (subject, references) = known?.Split('\n') is [var first, var second, ..]
            ? (first, second.Trim()) : (message.Chat.Title ?? "Message", "");
        var id = $"<{message.Key}@gateway.example>";
        var mail = new StringBuilder();
        mail.Append(CultureInfo.InvariantCulture, $"From: {Own}\nTo: {message.Chat.Id}\nMessage-ID: {id}\n");
        var own = message.Extras.GetValueOrDefault(Subject) ?? (subject.StartsWith("Re: ", StringComparison.Ordinal) ? subject : $"Re: {subject}");
        mail.Append(CultureInfo.InvariantCulture, $"Subject: {own}\n");
        if (message.ReplyTo is { } answered) mail.Append(CultureInfo.InvariantCulture, $"In-Reply-To: {answered}\n");
        if (references.Length > 0) mail.Append(CultureInfo.InvariantCulture, $"References: {references}\n");
        mail.Append(CultureInfo.InvariantCulture, $"Content-Type: text/plain; charset=utf-8\n\n{message.Text}\n");
        var answer = Platform.Ask("MAIL", message.Chat.Id, mail.ToString());
        return answer.StartsWith("250", StringComparison.Ordinal) ? SendResult.Sent(id)
            : answer.StartsWith('4') ? SendResult.NotSent(SendError.Transient("The server put the message off."))
            : SendResult.NotSent(SendError.Forbidden("The server refused the message.") with { PlatformCode = answer.Split(' ')[0] });
    }

    private static string Seen(string position) => $"STORE {position} +FLAGS (\\Seen)";

    private static string Slot(string root) => $"thread:{root}"[..Math.Min(128, root.Length + 7)];

    private static Chat ChatOf(Mail mail, string address) => new(
        address, ChatKind.Direct, (mail["References"] ?? mail["Message-ID"])?.Split(' ')[0]) { Title = mail["Subject"] };

    private static DeliveryChanged Report(Mail mail, string position)
    {
        var report = mail.Report!;
        var change = report["Disposition"] is not null ? DeliveryChange.Read
            : report["Action"] == "failed" ? DeliveryChange.Failed : DeliveryChange.Delivered;
        var chat = new Chat(report["Final-Recipient"]!.Split(';')[1].Trim(), ChatKind.Direct);
        return new DeliveryChanged(mail["Message-ID"] ?? position, chat, null, report["Original-Message-ID"]!, change)
        {
            Error = report["Diagnostic-Code"],
        };
    }

    private static InboundMessage Message(Mail mail, string position)
    {
        var (name, address) = Mail.Mailbox(mail["From"]!);
        var isProven = mail["Authentication-Results"]?.Contains("dmarc=pass", StringComparison.Ordinal) == true;
        // The header From proves nothing: only what the own server has checked is an account.
        var sender = new Sender(address, name) { Account = isProven ? address : null, IsBot = mail["Auto-Submitted"] is not (null or "no") };
        return new InboundMessage(mail["Message-ID"] ?? position, ChatOf(mail, address), sender, mail.Text)
        {
            MessageId = mail["Message-ID"],
            PlatformTime = DateTimeOffset.Parse(mail["Date"]!, CultureInfo.InvariantCulture),
            Quote = mail["In-Reply-To"] is { } quoted ? new Quote(quoted) : null,
            Attachments = [.. mail.Files.Select((file, index) => new Attachment($"{position}:{index + 2}", AttachmentKind.File)
            {
                Name = file.Name,
                ContentType = file.ContentType,
            })],
        };
    }
}
