using System.Globalization;
using System.Text.Json;

namespace PluginGateway.PeerTests;

/// <summary>What a person on IRC saw.</summary>
internal sealed record Seen(string Event, string? Nick, string? Target, string? Text)
{
    /// <summary>The server's id of the message, where it has one.</summary>
    public string? Id { get; init; }

    /// <summary>The tags of a message that has nothing else.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>The other user: irc-framework in a process of its own.</summary>
internal sealed class IrcUser : IDisposable
{
    private readonly ChildProcess _process;

    /// <summary>What else to show when a wait fails: what the gateway said.</summary>
    public Func<string> Besides { get; set; } = static () => "";

    private IrcUser(ChildProcess process) => _process = process;

    public IReadOnlyList<Seen> Seen => [.. _process.StandardOutput.Select(static line => Read(JsonDocument.Parse(line).RootElement))];

    public static IrcUser Enter(int port, string nick, params string[] channels)
    {
        var process = ChildProcess.Start(Installed.Program("node"), ["user.mjs", "127.0.0.1", port.ToString(CultureInfo.InvariantCulture), nick],
            Installed.NodeFolder, keepsInput: true);
        var user = new IrcUser(process);
        try
        {
            user.Await(static seen => seen.Event == "registered", $"{nick} is not let in");
            foreach (var channel in channels) user.Join(channel, nick);
        }
        catch
        {
            user.Dispose();
            throw;
        }

        return user;
    }

    public void Say(string target, string text) => Do(new { @do = "say", target, text });

    public void Raw(string line) => Do(new { @do = "raw", text = line });

    public void Quit() => Do(new { @do = "quit", text = "bye" });

    /// <summary>What somebody said to a target, in order.</summary>
    public IReadOnlyList<string> Heard(string from, string target) =>
        [.. Seen.Where(seen => seen.Event is "privmsg" or "notice" && seen.Nick == from && seen.Target == target).Select(static seen => seen.Text!)];

    /// <summary>Waits until somebody is in a channel, or has been.</summary>
    public void AwaitJoin(string channel, string nick, int times = 1) =>
        Await(() => Seen.Count(seen => seen.Event == "join" && seen.Nick == nick && seen.Target == channel) >= times,
            $"{nick} does not join {channel} ({times})");

    public void AwaitHeard(string from, string target, string text) =>
        Await(() => Heard(from, target).Contains(text), $"{from} does not say '{text}' to {target}");

    public void Await(Predicate<Seen> condition, string otherwise) => Await(() => Seen.Any(seen => condition(seen)), otherwise);

    public void Await(Func<bool> condition, string otherwise) =>
        Bound.Until(condition, Bound.Replies, () => $"{otherwise}. Seen:\n{_process.Said}\n{Besides()}");

    public void Dispose() => _process.Dispose();

    private void Join(string channel, string nick)
    {
        Do(new { @do = "join", target = channel });
        AwaitJoin(channel, nick);
    }

    private void Do(object order) => _process.Tell(JsonSerializer.Serialize(order));

    private static Seen Read(JsonElement seen) =>
        new(seen.GetProperty("event").GetString()!, Text(seen, "nick"), Text(seen, "target"), Text(seen, "text"))
        {
            Id = Text(seen, "id"),
            Tags = seen.TryGetProperty("tags", out var tags)
                ? tags.EnumerateObject().ToDictionary(static tag => tag.Name, static tag => tag.Value.ToString())
                : new Dictionary<string, string>(),
        };

    private static string? Text(JsonElement seen, string name) => seen.TryGetProperty(name, out var value) ? value.GetString() : null;
}
