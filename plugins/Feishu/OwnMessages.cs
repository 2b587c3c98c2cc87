namespace PluginGateway.Plugins.Feishu;

/// <summary>Ids of the last messages that this app sent, also before a restart: a user who answers one of them addresses the bot, and an event has
/// the id of the answered message, not its author.</summary>
internal sealed class OwnMessages(IAdapterState state)
{
    /// <summary>An id has about 35 characters.</summary>
    public const int Most = 500;

    private readonly Kept _kept = new(state, "sent", Most);

    public Task RecallAsync(CancellationToken cancellationToken) => _kept.RecallAsync(cancellationToken);

    public bool Includes(string id) => _kept.Find(id) is not null;

    public void Add(string id) => _kept.Set(id);
}
