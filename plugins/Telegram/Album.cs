using System.Globalization;
using System.Text.RegularExpressions;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Files that Telegram shows as one message, sent by one request: photos and videos, or documents, or music, at least two.</summary>
/// <remarks>Sources: Bot API, sendMediaGroup; tdlib/telegram-bot-api, Client.cpp (the position of a file that is refused). TDLib sends all files of
/// an album or none.</remarks>
internal static partial class Album
{
    public const int MostFiles = 10;

    /// <summary>Returns how many of the first files go together: 1 for a file that goes alone.</summary>
    /// <param name="files">The files, at least one.</param>
    /// <param name="mostBytes">The largest sum of their sizes in one request.</param>
    public static int LengthOf(IReadOnlyList<OutboundFile> files, long mostBytes)
    {
        var (count, bytes, kind) = (1, files[0].Size, KindOf(files[0]));
        if (kind == AlbumKind.None) return 1;
        while (count < Math.Min(files.Count, MostFiles) && KindOf(files[count]) == kind && (bytes += files[count].Size) <= mostBytes) count++;
        return count;
    }

    /// <summary>True: Telegram refuses the album as a whole for one of its files, or takes no albums of such files. Nothing of it has
    /// arrived.</summary>
    public static bool IsRefused(ApiFailure failure) => failure is { Kind: FailureKind.Refused, Code: 400 or 403 or 413 }
        && (failure.Code == 413 || failure.Says("send message #") || failure.Says("group send failed") || failure.Says("album")
            || failure.Says("be mixed"));

    /// <summary>Returns the number of files that go before the one that is refused, or 1 where the first one is, or none is named.</summary>
    public static int LengthBefore(ApiFailure failure, int length) =>
        Position().Match(failure.Description) is { Success: true } match
        && int.TryParse(match.ValueSpan[1..], CultureInfo.InvariantCulture, out var at)
            ? Math.Clamp(at - 1, 1, length - 1)
            : 1;

    private static AlbumKind KindOf(OutboundFile file) => file.Form switch
    {
        FileForm.Photo or FileForm.Video => AlbumKind.Visual,
        FileForm.Document => AlbumKind.Documents,
        FileForm.Audio => AlbumKind.Music,
        _ => AlbumKind.None,
    };

    [GeneratedRegex("#[0-9]{1,2}")]
    private static partial Regex Position();

    private enum AlbumKind
    {
        None,
        Visual,
        Documents,
        Music,
    }
}
