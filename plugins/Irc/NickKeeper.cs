namespace PluginGateway.Plugins.Irc;

/// <summary>Request for the configured nick while the bot has another one: when its holder leaves, else every minute.</summary>
internal sealed class NickKeeper(AdapterContext context, IrcSettings settings, Identity self, ServerFeatures features, UrgentLines urgent)
{
    private static readonly TimeSpan RegainEvery = TimeSpan.FromSeconds(60);

    private long _asked = context.Clock.GetTimestamp();

    /// <summary>Sentence for the operator while the nick is not the configured one; null: it is.</summary>
    public string? Note => self.IsMe(settings.Nick) ? null
        : IsOurs ? $"The server has no room for all of the nick {settings.Nick}."
        : $"The nick {settings.Nick} is in use.";

    /// <summary>True: the nick is the configured one, as far as the server's length for nicks allows.</summary>
    private bool IsOurs => self.IsMe(features.CutNick(settings.Nick))
        || (features.NickLength is null && self.Nick.Length >= NickChoice.ProtocolLength
            && features.Fold(settings.Nick).StartsWith(features.Fold(self.Nick), StringComparison.Ordinal));

    /// <summary>Takes a NICK or QUIT.</summary>
    public void Take(IrcLine line)
    {
        if (line.Command == "NICK" && self.IsMe(line.Source?.Nick))
        {
            self.Rename(line[0]);
            context.Log.Information($"Our nick is {line[0]} now.");
        }
        else if (!IsOurs && features.Fold(line.Source?.Nick ?? "") == features.Fold(features.CutNick(settings.Nick)))
        {
            Ask();
        }
    }

    /// <summary>Repeats the request when it is due.</summary>
    public void Tick()
    {
        if (!IsOurs && context.Clock.GetElapsedTime(Volatile.Read(ref _asked)) >= RegainEvery) Ask();
    }

    private void Ask()
    {
        Volatile.Write(ref _asked, context.Clock.GetTimestamp());
        urgent.Send(IrcLine.Format("NICK", features.CutNick(settings.Nick)));
    }
}
