using System.Text.Json;
using PluginGateway;
using Rich;

[assembly: ChannelAdapter("rich", typeof(RichAdapter), MaxTextLength = 200, MaxAttachments = 1, MaxAttachmentBytes = 100_000,
    Inbound = InboundClass.AckGated)]

namespace Rich;

/// <summary>An adapter with every capability of messages, whose platform is a folder.</summary>
/// <remarks>In its data folder: files under <c>in</c> are messages (the name is the event id; each line but the first names an attachment),
/// <c>files</c> has what they attach,
/// <c>journal</c> gets a line of JSON for whatever it does, and <c>hang</c> names the member that never comes back.</remarks>
public sealed class RichAdapter(AdapterContext host) : IChannelAdapter, IEditMessages, IDeleteMessages, IReactToMessages, IFetchAttachments
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _inbox = Path.Combine(host.DataDirectory, "in");
    private volatile bool _closed;

    public Task ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_inbox);
        Directory.CreateDirectory(Path.Combine(host.DataDirectory, "files"));
        return Task.CompletedTask;
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
            ("content", file is null ? null : File.ReadAllText(file.Path)), ("path", file?.Path));
    }

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken) =>
        Do("edit", edit.Message.MessageId, ("text", edit.Text));

    public Task<SendResult> DeleteAsync(MessageRef message, CancellationToken cancellationToken) => Do("delete", message.MessageId);

    public Task<SendResult> ReactAsync(Reaction reaction, CancellationToken cancellationToken) =>
        Do("react", reaction.Message.MessageId, ("text", reaction.Emoji));

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
        var answer = host.Inbox.AcceptAsync(message, CancellationToken.None);
        if (answer.Wait(TimeSpan.FromSeconds(30)) && answer.Result.Acknowledge) File.Delete(file);
        else Thread.Sleep(100);
    }

    private void Note(string what, string message, params (string Name, string? Value)[] facts)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("did", what);
            json.WriteString("message", message);
            foreach (var (name, value) in facts.Where(static fact => fact.Value is not null)) json.WriteString(name, value);
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        using var journal = new FileStream(Path.Combine(host.DataDirectory, "journal"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        journal.Write(bytes.ToArray());
    }
}
