using System.Globalization;
using System.Text;

namespace PluginGateway.Logging;

/// <summary>Text from outside, made safe to show: it must not end the line, forge another, or steer the terminal.</summary>
internal static class Printable
{
    private const int Longest = 16_000;

    public static string Text(string text) => text.Length <= Longest && !text.Any(char.IsControl) ? text : Append(new StringBuilder(text.Length + 16), text).ToString();

    /// <summary>Appends at most 16,000 characters of it, control characters spelled out.</summary>
    public static StringBuilder Append(StringBuilder line, string text)
    {
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            if (!char.IsControl(character)) line.Append(character);
            else if (character == '\n') line.Append("\\n");
            else if (character == '\r') line.Append("\\r");
            else if (character == '\t') line.Append(' ');
            else line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return text.Length <= Longest ? line : line.Append(CultureInfo.InvariantCulture, $"... ({text.Length - Longest} characters more)");
    }
}
