namespace PluginGateway.Media;

/// <summary>Refusal of a file. <see cref="PassesByItself"/>: a later attempt may find room.</summary>
internal sealed class MediaException(string sentence, bool passes = false) : IOException(sentence)
{
    public bool PassesByItself { get; } = passes;
}
