using Telegram.Bot.Requests;
using Telegram.Bot.Requests.Abstractions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Kind of a sent file in the Bot API.</summary>
internal enum FileForm
{
    Document,
    Photo,
    Voice,
    Audio,
    Video,
    Sticker,
}

/// <summary>A file to send, and how.</summary>
internal sealed record OutboundFile(string Path, string Name, FileForm Form, long Size)
{
    public const long LargestFile = 50 * 1024 * 1024;

    /// <summary>Largest file that the operator's own Bot API server takes if it was started with --local (Bot API, "Using a Local Bot API
    /// Server").</summary>
    public const long LargestLocalFile = 2000L * 1024 * 1024;

    public const long LargestPhoto = 10 * 1024 * 1024;

    /// <summary>Largest sticker that is no animation or video; those are smaller, and go as documents where they are refused.</summary>
    public const long LargestSticker = 512 * 1024;

    private const int LongestName = 120;
    private static readonly string[] PhotoTypes = ["jpg", "jpeg", "png", "webp"];
    private static readonly string[] StickerTypes = ["webp", "tgs", "x-tgsticker", "webm"];
    private static readonly string[] VoiceTypes = ["ogg", "oga", "opus"];

    /// <summary>Types beside Opus that Telegram takes as a voice message (Bot API, sendVoice), where the sender says that it is one.</summary>
    private static readonly string[] OtherVoiceTypes = ["mp3", "mpeg", "m4a", "x-m4a", "mp4"];

    public static OutboundFile Of(OutboundAttachment attachment, long size)
    {
        var name = SafeName(attachment.Name ?? System.IO.Path.GetFileName(attachment.Path));
        var type = (attachment.ContentType?.Split(';')[0].Split('/').Last() ?? System.IO.Path.GetExtension(name).TrimStart('.')).ToUpperInvariant();
        bool Is(string[] types) => types.Contains(type, StringComparer.OrdinalIgnoreCase);
        return new OutboundFile(attachment.Path, name, attachment.Kind switch
        {
            AttachmentKind.Sticker when size <= LargestSticker && Is(StickerTypes) => FileForm.Sticker,
            AttachmentKind.Image or AttachmentKind.Sticker when size <= LargestPhoto && Is(PhotoTypes) => FileForm.Photo,
            AttachmentKind.Voice when Is(OtherVoiceTypes) => FileForm.Voice,
            AttachmentKind.Audio or AttachmentKind.Voice => Is(VoiceTypes) && IsOpus(attachment.Path) ? FileForm.Voice : FileForm.Audio,
            AttachmentKind.Video => FileForm.Video,
            _ => FileForm.Document,
        }, size);
    }

    /// <summary>Returns true for Ogg with Opus, which is a voice message (Bot API, sendVoice); Ogg with another codec is music. The first page of Ogg
    /// names its codec at byte 28 (RFC 7845).</summary>
    private static bool IsOpus(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Span<byte> head = stackalloc byte[36];
            return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head[..4].SequenceEqual("OggS"u8)
                && head[28..].SequenceEqual("OpusHead"u8);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false; // said where it is sent
        }
    }

    /// <summary>True: the file can have a caption.</summary>
    public bool HasCaption => Form != FileForm.Sticker;

    /// <summary>Opens the file for reading.</summary>
    public FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous);

    /// <summary>Creates the file's entry in an album.</summary>
    public IAlbumInputMedia InAlbum(Stream content, string? caption, ParseMode parseMode)
    {
        var file = new InputFileStream(content, Name);
        return Form switch
        {
            FileForm.Photo => new InputMediaPhoto(file) { Caption = caption, ParseMode = parseMode },
            FileForm.Video => new InputMediaVideo(file) { Caption = caption, ParseMode = parseMode },
            FileForm.Audio => new InputMediaAudio(file) { Caption = caption, ParseMode = parseMode },
            _ => new InputMediaDocument(file) { Caption = caption, ParseMode = parseMode },
        };
    }

    /// <summary>Creates the request that sends the file alone.</summary>
    public IRequest Request(Stream content, Destination to, string? caption, ParseMode parseMode)
    {
        var file = new InputFileStream(content, Name);
        return Form switch
        {
            FileForm.Sticker => new SendStickerRequest
            {
                ChatId = to.Chat,
                Sticker = file,
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
            },
            FileForm.Photo => new SendPhotoRequest
            {
                ChatId = to.Chat,
                Photo = file,
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
                ReplyMarkup = to.Keyboard,
                Caption = caption,
                ParseMode = parseMode
            },
            FileForm.Voice => new SendVoiceRequest
            {
                ChatId = to.Chat,
                Voice = file,
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
                ReplyMarkup = to.Keyboard,
                Caption = caption,
                ParseMode = parseMode
            },
            FileForm.Audio => new SendAudioRequest
            {
                ChatId = to.Chat,
                Audio = file,
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
                ReplyMarkup = to.Keyboard,
                Caption = caption,
                ParseMode = parseMode
            },
            FileForm.Video => new SendVideoRequest
            {
                ChatId = to.Chat,
                Video = file,
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
                ReplyMarkup = to.Keyboard,
                Caption = caption,
                ParseMode = parseMode
            },
            _ => new SendDocumentRequest
            {
                ChatId = to.Chat,
                Document = file,
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
                ReplyMarkup = to.Keyboard,
                Caption = caption,
                ParseMode = parseMode
            },
        };
    }

    /// <summary>File name for a header, without characters that end a header or its quotes.</summary>
    private static string SafeName(string name)
    {
        var safe = new string([.. name.Select(static c => char.IsControl(c) || c is '"' or '\\' or '/' ? '_' : c)]);
        return safe.Length == 0 ? "file" : safe.Length <= LongestName ? safe : safe[^LongestName..];
    }
}
