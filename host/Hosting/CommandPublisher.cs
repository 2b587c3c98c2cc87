using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>Publishes the commands of handlers through the adapters whose messages they answer: after each connection, and when a list changes. Only
/// the supervisor's thread.</summary>
internal sealed class CommandPublisher(CurrentConfiguration running, ILogger<CommandPublisher> log)
{
    private readonly Dictionary<string, IReadOnlyList<PublishedCommand>> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GuardedAdapter> _attached = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _published = new(StringComparer.Ordinal);

    /// <summary>Takes a new connection of an adapter.</summary>
    public void Attach(string adapterId, GuardedAdapter adapter)
    {
        if (!adapter.Capabilities.HasFlag(AdapterCapabilities.PublishCommands)) return;
        _attached[adapterId] = adapter;
        Publish(adapterId, adapter, isNew: true);
    }

    public void Detach(string adapterId, int generation)
    {
        if (_attached.GetValueOrDefault(adapterId)?.Generation == generation) _attached.Remove(adapterId);
    }

    /// <summary>Takes the commands that a handler's newest generation declares; they hold while the handler is away.</summary>
    public void Declare(string handlerId, IReadOnlyList<PublishedCommand> commands)
    {
        _declared[handlerId] = commands;
        foreach (var (adapterId, adapter) in _attached) Publish(adapterId, adapter, isNew: false);
    }

    /// <summary>Forgets an adapter or handler that is no longer configured.</summary>
    public void Forget(string id)
    {
        _declared.Remove(id);
        _published.Remove(id);
    }

    /// <summary>Publishes the list of an adapter. A list that was never anything but empty is left alone: somebody may have set one on the
    /// platform.</summary>
    private void Publish(string adapterId, GuardedAdapter adapter, bool isNew)
    {
        if (!_declared.TryGetValue(running.HandlerOf(adapterId), out var commands)) return;
        var (wanted, before) = (TextOf(commands), _published.GetValueOrDefault(adapterId, ""));
        if (wanted == before && (!isNew || wanted.Length == 0)) return;
        _published[adapterId] = wanted;
        adapter.Post(new PublishCall(new CommandPublication(commands), new PostingSink(call =>
        {
            if (call.End.Kind is not (CallEndKind.Completed or CallEndKind.Refused)) log.CommandsNotPublished(adapterId, call.End.Describe());
        })));
    }

    /// <summary>Returns a text by which two lists are compared.</summary>
    private static string TextOf(IReadOnlyList<PublishedCommand> commands) => string.Join('\n', commands.Select(static command =>
        $"{command.Name} {command.Description}{string.Concat(command.Descriptions.Select(static one => $"\t{one.Key} {one.Value}"))}"));
}
