namespace PluginGateway.Media;

/// <summary>A file that is not taken. <see cref="PassesByItself"/>: there may be room later.</summary>
internal sealed class MediaException(string sentence, bool passes = false) : IOException(sentence)
{
    public bool PassesByItself { get; } = passes;
}
