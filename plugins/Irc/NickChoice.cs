namespace PluginGateway.Plugins.Irc;

/// <summary>Choice of the next nick to ask for. The last ones have at most the nine characters that the protocol began with, and that some servers
/// still refuse or cut everything beyond.</summary>
internal sealed class NickChoice(IrcSettings settings)
{
    public const int ProtocolLength = 9;
    private static readonly string[] Endings = ["_", "__", "-1", "-2"];

    private readonly Queue<string> _left = new(Candidates(settings));
    private readonly List<string> _refused = [];

    /// <summary>Nick that is asked for now.</summary>
    public string Current { get; private set; } = settings.Nick;

    /// <summary>Returns every nick that the bot may have had.</summary>
    public static IEnumerable<string> Of(IrcSettings settings) => Candidates(settings).Prepend(settings.Nick);

    /// <summary>Takes the next one.</summary>
    /// <exception cref="PluginException">None is left, or not even the operator's own choice is a nick there.</exception>
    public string Next(IrcLine refusal)
    {
        _refused.Add($"{Current} ({refusal.Command})");
        var isMalformed = refusal.Command == "432";
        var isTooLong = isMalformed && Current.Length > ProtocolLength;
        if (isMalformed && !isTooLong && Current == settings.Nick) throw new PluginException(Faults.BadNick(Current, refusal.Last));
        string? next;
        do
        {
            if (!_left.TryDequeue(out next)) throw new PluginException(Faults.NoNick(_refused));
        }
        while (isTooLong && next.Length > ProtocolLength);
        return Current = next;
    }

    private static IEnumerable<string> Candidates(IrcSettings settings)
    {
        var nick = settings.Nick;
        string Cut(int length) => nick.Length <= length ? nick : nick[..length];
        string[] all = [.. settings.AlternativeNicks, .. Endings.Select(ending => nick + ending), Cut(ProtocolLength),
            .. Endings.Select(ending => Cut(ProtocolLength - ending.Length) + ending)];
        return all.Where(candidate => candidate != nick).Distinct(StringComparer.Ordinal);
    }
}
