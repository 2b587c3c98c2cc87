using System.Diagnostics.CodeAnalysis;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>A message that goes out in parts, read and cut once: kept from its first part to its last, as long as all kept messages together do not
/// take too much memory. Otherwise it is read and cut again for the next part.</summary>
internal sealed class CutText : IDisposable
{
    /// <summary>Largest number of characters kept over all messages.</summary>
    private const int MostCharacters = 16 * 1024 * 1024;

    private static long _kept;
    private int _isOver;

    private CutText(OutboundPayload payload, TextSplitter splitter, (int MaxLength, TextUnit Unit, bool Numbers) terms) =>
        (Payload, Splitter, Terms) = (payload, splitter, terms);

    public OutboundPayload Payload { get; }

    public TextSplitter Splitter { get; }

    /// <summary>The terms by which the text was cut.</summary>
    public (int MaxLength, TextUnit Unit, bool Numbers) Terms { get; }

    /// <summary>Keeps a cut text, if there is room.</summary>
    public static bool TryKeep(
        OutboundPayload payload, TextSplitter splitter, (int MaxLength, TextUnit Unit, bool Numbers) terms, [NotNullWhen(true)] out CutText? cut)
    {
        cut = null;
        if (Interlocked.Add(ref _kept, payload.FullText.Length) > MostCharacters)
        {
            Interlocked.Add(ref _kept, -payload.FullText.Length);
            return false;
        }

        cut = new CutText(payload, splitter, terms);
        return true;
    }

    /// <summary>Gives back the room. Any thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0) Interlocked.Add(ref _kept, -Payload.FullText.Length);
    }
}
