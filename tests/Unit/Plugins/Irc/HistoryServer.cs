using System.Globalization;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>A server that keeps what is said, as Ergo (ids and times), soju (times only) and UnrealIRCd (50 at a time) do: <c>draft/chathistory</c>
/// as in the IRCv3 specification.</summary>
internal sealed class HistoryServer(string referenceTypes = "msgid,timestamp", int most = 1000, bool hasIds = true)
{
    private const string Offered = "batch draft/chathistory echo-message message-tags server-time account-tag";

    private readonly Lock _lock = new();
    private readonly List<Said> _said = [];
    private int _ids;
    private int _batches;
    private string _nick = "bot";

    /// <summary>Channels of which it gives no history.</summary>
    public HashSet<string> Closed { get; } = [];

    /// <summary>True: it takes the questions and never answers them.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What it was asked for.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Somebody says something; gives the line as it is shown to who is there.</summary>
    public string Say(string nick, string target, string text, DateTimeOffset? time = null)
    {
        lock (_lock)
        {
            var said = new Said($"id{++_ids}", time ?? DateTimeOffset.UtcNow, nick, target, text);
            _said.Add(said);
            return Show(said);
        }
    }

    /// <summary>Serves one connection of the adapter until it ends.</summary>
    public async Task ServeAsync(IrcFixture fixture)
    {
        await fixture.AcceptAsync();
        try
        {
            while (true)
            {
                var answer = Answer(await fixture.ExpectAsync(""));
                if (answer.Count > 0) await fixture.SayAsync([.. answer]);
            }
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or ObjectDisposedException or OperationCanceledException)
        {
            // The adapter has gone.
        }
    }

    private List<string> Answer(string text)
    {
        var line = IrcLine.Parse(text)!;
        lock (_lock)
        {
            switch (line.Command)
            {
                case "CAP":
                    return line[0] switch
                    {
                        "LS" => [$":s CAP * LS :{Offered}"],
                        "REQ" => [$":s CAP * ACK :{line.Last}"],
                        "END" => Welcome(),
                        _ => []
                    };
                case "NICK": _nick = line[0]; return [];
                case "USER": return [];
                case "PING": return [$"@time={Stamp(DateTimeOffset.UtcNow)} :s PONG s :{line.Last}"];
                case "JOIN": return [$":{_nick}!~u@h JOIN {line[0]}"];
                case "CHATHISTORY": return History(line);
                case "PRIVMSG":
                    var own = new Said($"id{++_ids}", DateTimeOffset.UtcNow, _nick, line[0], line.Last);
                    _said.Add(own);
                    return [Show(own)];
                default: return [];
            }
        }
    }

    private List<string> Welcome() => [$":s 001 {_nick} :Welcome",
        $":s 005 {_nick} CHATHISTORY={most} MSGREFTYPES={referenceTypes} CASEMAPPING=ascii :are supported by this server"];

    private List<string> History(IrcLine line)
    {
        Asked.Add(string.Join(' ', line.Parameters));
        if (IsSilent) return [];
        if (line[0] == "TARGETS")
        {
            var (from, to) = (Time(line[1]), Time(line[2]));
            var people = _said.Where(said => said.Time > from && said.Time < to && said.Target == _nick).GroupBy(static said => said.Nick);
            return Batch("draft/chathistory-targets",
                people.Select(who => ("", $":s CHATHISTORY TARGETS {who.Key} {Stamp(who.Max(static said => said.Time))}")));
        }

        var target = line[1];
        if (line[0] != "AFTER" || Closed.Contains(target))
            return [$":s FAIL CHATHISTORY INVALID_TARGET {line[0]} {target} :Messages could not be retrieved"];
        if (!referenceTypes.Split(',').Contains(line[2].Split('=')[0]))
            return [$":s FAIL CHATHISTORY INVALID_PARAMS {line[0]} {line[2]} :Unsupported reference"];
        var all = _said.Where(said => target.StartsWith('#')
            ? said.Target == target
            : (said.Nick == target && said.Target == _nick) || (said.Nick == _nick && said.Target == target))
            .OrderBy(static said => said.Time).ToList();
        var after = line[2].StartsWith("msgid=", StringComparison.Ordinal)
            ? all.Skip(all.FindIndex(said => $"msgid={said.Id}" == line[2]) + 1)
            : all.Where(said => said.Time > Time(line[2]));
        return Batch($"chathistory {target}",
            after.Take(Math.Min(most, int.Parse(line[3], CultureInfo.InvariantCulture))).Select(said => (said.Id, Show(said))));
    }

    private List<string> Batch(string type, IEnumerable<(string Id, string Line)> lines)
    {
        var name = $"b{++_batches}";
        return [$":s BATCH +{name} {type}",
            .. lines.Select(one => one.Line.StartsWith('@') ? $"@batch={name};{one.Line[1..]}" : $"@batch={name} {one.Line}"), $":s BATCH -{name}"];
    }

    private string Show(Said said) =>
        $"@time={Stamp(said.Time)}{(hasIds ? $";msgid={said.Id}" : "")} :{said.Nick}!~u@h PRIVMSG {said.Target} :{said.Text}";

    private static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string reference) => DateTimeOffset.Parse(reference.Split('=')[1], CultureInfo.InvariantCulture);

    private sealed record Said(string Id, DateTimeOffset Time, string Nick, string Target, string Text);
}
