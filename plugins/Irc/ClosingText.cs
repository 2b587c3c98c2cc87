using System.Globalization;
using System.Text.RegularExpressions;

namespace PluginGateway.Plugins.Irc;

/// <summary>Parser of the sentence in which a server gives the reason for ending a connection. The protocol has no code for it: charybdis, solanum,
/// UnrealIRCd, InspIRCd, ngIRCd and Undernet each have their own sentences.</summary>
internal static partial class ClosingText
{
    private static readonly TimeSpan UnknownTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Returns true if there were too many connections, or too fast: no ban.</summary>
    public static bool IsThrottle(string text) => Throttle().IsMatch(text);

    /// <summary>Returns true if an operator or a service ended this one connection. The text behind it is written by that operator.</summary>
    public static bool IsKill(string text) => Kill().IsMatch(text);

    /// <summary>Returns true if it repeats the bot's own QUIT.</summary>
    public static bool IsQuit(string text) => text.Contains("Quit:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns true if it is a ban of some kind.</summary>
    public static bool IsBan(string text) => Ban().IsMatch(text);

    /// <summary>Duration of a ban, if it is short enough to wait for; null: permanent, as far as the text tells.</summary>
    public static TimeSpan? TemporaryFor(string text)
    {
        if (Permanent().IsMatch(text)) return null;
        var time = TimeSpan.Zero;
        foreach (Match part in Duration().Matches(text))
        {
            if (!int.TryParse(part.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) continue;
            time += char.ToLowerInvariant(part.Groups[2].Value[0]) switch
            {
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => TimeSpan.FromDays(7L * number),
            };
        }

        if (time > TimeSpan.Zero) return time < LongestWait ? time : LongestWait;
        return Temporary().IsMatch(text) ? UnknownTime : null;
    }

    [GeneratedRegex(@"\bkill(?:ed)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Kill();

    [GeneratedRegex(@"throttl|too fast|too many (?:\w+ )*(?:connections|clients|users|sessions|hosts)|(?:try|connect|come) (?:\w+ )*(?:again|back) (?:\w+ )*later|wait a (?:while|moment|bit)|connection limit|excess flood", RegexOptions.IgnoreCase)]
    private static partial Regex Throttle();

    [GeneratedRegex(@"\b[dgkqsxz]{1,2}[-:]?lined?\b|\bbanned|\bakill|\bautokill", RegexOptions.IgnoreCase)]
    private static partial Regex Ban();

    [GeneratedRegex("permanent|never expires", RegexOptions.IgnoreCase)]
    private static partial Regex Permanent();

    [GeneratedRegex("temporar|expires|for now|for a while", RegexOptions.IgnoreCase)]
    private static partial Regex Temporary();

    [GeneratedRegex(@"(?<![0-9.:])([0-9]{1,5}) ?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![a-z])",
        RegexOptions.IgnoreCase)]
    private static partial Regex Duration();
}
