using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Text to send whose characters have styles, or are not shown.</summary>
internal sealed class StyledText
{
    private readonly char[] _shown;
    private readonly bool[] _isHidden;
    private readonly bool[] _isInside;
    private readonly TextStyles[] _styles;

    /// <summary>Creates the text without styles; its control characters are not shown.</summary>
    public StyledText(string text)
    {
        (_shown, _isHidden, _isInside, _styles) = (text.ToCharArray(), new bool[text.Length], new bool[text.Length + 1], new TextStyles[text.Length]);
        foreach (var (start, length) in FormattingCodes.PlacesIn(text)) Hide(start, start + length - 1);
    }

    /// <summary>Hides the characters from one position to another, line ends excepted.</summary>
    public void Hide(int first, int last)
    {
        for (var i = Math.Max(first, 0); i <= last && i < _isHidden.Length; i++) _isHidden[i] = _shown[i] is not ('\r' or '\n');
    }

    public void Replace(int position, char character) => _shown[position] = character;

    public void Style(int first, int last, TextStyles style)
    {
        for (var i = Math.Max(first, 0); i <= last && i < _styles.Length; i++) _styles[i] |= style;
    }

    /// <summary>Marks an element of the markup that has no meaning without its beginning.</summary>
    public void Enclose(int first, int last)
    {
        for (var i = first + 1; i <= last && i < _isInside.Length; i++) _isInside[i] = true;
    }

    /// <summary>Returns the text with formatting codes. Each of its lines is complete in itself: a style that goes on in the next line is set again
    /// there.</summary>
    public SentText Render()
    {
        var (text, sources, style) = (new StringBuilder(_shown.Length), new List<int>(_shown.Length), TextStyles.None);
        for (var i = 0; i < _shown.Length; i++)
        {
            if (_isHidden[i]) continue;
            var next = _shown[i] is '\r' or '\n' ? TextStyles.None : _styles[i];
            if (_shown[i] is not ('\r' or '\n')) text.Append(FormattingCodes.Between(style, next));
            style = next;

            while (sources.Count < text.Length) sources.Add(i);
            text.Append(_shown[i]);
            sources.Add(i);
        }

        return new SentText(text.ToString(), [.. sources], _isInside, hasCodes: Array.Exists(_styles, static one => one != TextStyles.None));
    }
}
