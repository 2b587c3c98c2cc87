namespace PluginGateway.Plugins.Irc;

/// <summary>Steps between 001 and the first JOIN: the login to NickServ, then the operator's commands. They keep to the flood limit.</summary>
internal sealed class Login(AdapterContext context, IrcSettings settings, IrcSocket ircSocket, Identity self, FloodBucket bucket)
{
    private const string NickServ = "NickServ";

    /// <summary>Begin of the notice by which services ask for the password of a registered nick (Atheme, Anope, Ergo).</summary>
    private const string Reminder = "This nick";
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<string> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAwaited;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (settings.NickServPassword is { } password) await IdentifyAsync(password, cancellationToken);
        foreach (var command in settings.Commands) await SendAsync(command, cancellationToken);
    }

    /// <summary>Takes a 900, MODE or NOTICE: with a login come 900 or the mode +r, and NickServ says how it went.</summary>
    public void Take(IrcLine line)
    {
        if (!_isAwaited) return;
        var isAnswer = line.Command switch
        {
            "900" => true,
            "MODE" => self.IsMe(line[0]) && Sets(line[1], 'r'),
            _ => string.Equals(line.Source?.Nick, NickServ, StringComparison.OrdinalIgnoreCase)
                && !line.Last.StartsWith(Reminder, StringComparison.OrdinalIgnoreCase),
        };
        if (isAnswer) _answer.TrySetResult(line.Command == "NOTICE" ? $"{NickServ} answers the login: {line.Last}" : $"Logged in to {NickServ}.");
    }

    private async Task IdentifyAsync(string password, CancellationToken cancellationToken)
    {
        _isAwaited = true;
        // With another nick than its own the account is to be named.
        var account = self.IsMe(settings.Nick) ? "" : $" {settings.Nick}";
        await SendAsync(IrcLine.Format("PRIVMSG", NickServ, $"IDENTIFY{account} {password}"), cancellationToken);
        try
        {
            context.Log.Information(await _answer.Task.WaitAsync(AnswerTime, context.Clock, cancellationToken));
        }
        catch (TimeoutException)
        {
            context.Log.Warning($"{NickServ} has not answered the login within {AnswerTime.TotalSeconds:0} s; going on without.");
        }

        _isAwaited = false;
    }

    private async Task SendAsync(string line, CancellationToken cancellationToken)
    {
        while (bucket.Take(1, 1) is (0, var wait)) await Task.Delay(wait, context.Clock, cancellationToken);
        ircSocket.Post(line);
    }

    /// <summary>Returns true if a change of modes such as <c>+ir-w</c> sets a mode.</summary>
    private static bool Sets(string change, char mode)
    {
        var isSet = false;
        foreach (var c in change)
        {
            if (c is '+' or '-') isSet = c == '+';
            else if (c == mode && isSet) return true;
        }

        return false;
    }
}
