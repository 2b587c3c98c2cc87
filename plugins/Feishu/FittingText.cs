namespace PluginGateway.Plugins.Feishu;

/// <summary>Longest part of a text that fits into one message.</summary>
/// <param name="Body">The message.</param>
/// <param name="Length">The number of characters of the text in the message.</param>
internal readonly record struct FittingText(MessageBody Body, int Length)
{
    private const string Fence = "```";

    /// <summary>Cuts where a request would be too large: at a line, else at a space. A code block that is cut is closed; the host opens it
    /// again. Buttons stand beneath the end of the text only.</summary>
    public static FittingText Of(string text, string form, TextFormat format, FeishuSettings settings, CardButtons? buttons = null)
    {
        var whole = MessageBody.Of(text, form, format, settings, buttons);
        if (whole.Fits) return new(whole, text.Length);
        var (fits, tooLong) = (1, text.Length);
        while (tooLong - fits > 1)
        {
            var middle = fits + ((tooLong - fits) / 2);
            if (Cut(text, middle, form, format, settings).Fits) fits = middle;
            else tooLong = middle;
        }

        var length = Boundary(text, fits);
        return new(Cut(text, length, form, format, settings), length);
    }

    private static MessageBody Cut(string text, int length, string form, TextFormat format, FeishuSettings settings)
    {
        var part = text[..length];
        return MessageBody.Of(format == TextFormat.Markdown && IsInCode(part) ? $"{part.TrimEnd('\n')}\n{Fence}" : part, form, format, settings);
    }

    private static bool IsInCode(string text)
    {
        var isOpen = false;
        foreach (var line in text.AsSpan().EnumerateLines()) isOpen ^= line.TrimStart(' ').StartsWith(Fence, StringComparison.Ordinal);
        return isOpen;
    }

    private static int Boundary(string text, int fits)
    {
        var line = text.LastIndexOf('\n', fits - 1) + 1;
        if (line > fits / 2) return line;
        var space = text.LastIndexOf(' ', fits - 1) + 1;
        if (space > fits / 2) return space;
        return fits > 1 && char.IsLowSurrogate(text[fits]) ? fits - 1 : fits;
    }
}
