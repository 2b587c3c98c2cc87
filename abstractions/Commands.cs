namespace PluginGateway;

/// <summary>Declaration of a command of the handler in a plugin, for the menus of platforms. Repeated for each command, with constant
/// arguments.</summary>
/// <remarks>The host reads it without running code of the plugin, and publishes the list through every adapter whose messages the handler answers and
/// which implements <see cref="IPublishCommands"/>: after each connection, and when the list changes. A declaration that breaks a rule below keeps the
/// plugin from loading.</remarks>
/// <param name="name">Name without a slash: 1 to 32 of <c>a-z</c>, <c>0-9</c> and <c>_</c>.</param>
/// <param name="description">Description, one line of 1 to 256 characters.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class HandlerCommandAttribute(string name, string description) : Attribute
{
    /// <summary>Name without a slash.</summary>
    public string Name { get; } = name;

    /// <summary>Description.</summary>
    public string Description { get; } = description;

    /// <summary>Language of the description, two letters (ISO 639-1), for people who use that language; null: the description for everyone else, which
    /// each command has once.</summary>
    public string? Language { get; set; }
}

/// <summary>Command of the handler, to be shown by the platform.</summary>
public sealed record PublishedCommand
{
    private const int MaxNameLength = 32, MaxDescriptionLength = 256;

    /// <summary>Creates a command.</summary>
    /// <param name="name">Name without a slash: 1 to 32 of <c>a-z</c>, <c>0-9</c> and <c>_</c>.</param>
    /// <param name="description">Description, one line of 1 to 256 characters.</param>
    /// <exception cref="ArgumentException">The name or the description breaks its rule.</exception>
    public PublishedCommand(string name, string description)
    {
        Name = name;
        Description = description;
    }

    /// <summary>Name without a slash.</summary>
    public string Name
    {
        get;
        init => field = CheckedName(Ensure.Token(value, "name", MaxNameLength));
    }

    /// <summary>Description for every language that has none of its own.</summary>
    public string Description { get; init => field = Ensure.Token(value, "description", MaxDescriptionLength); }

    /// <summary>Descriptions by language, two letters each (ISO 639-1).</summary>
    public IReadOnlyDictionary<string, string> Descriptions { get; init => field = Checked(Ensure.Map(value)); } = Ensure.Map([]);

    private static string CheckedName(string name) =>
        name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? name
            : throw new ArgumentException($"The command '{name}' has other characters than a-z, 0-9 and _.", nameof(name));

    private static IReadOnlyDictionary<string, string> Checked(IReadOnlyDictionary<string, string> descriptions)
    {
        foreach (var (language, description) in descriptions)
        {
            if (language.Length != 2 || !language.All(char.IsAsciiLetterLower))
                throw new ArgumentException($"'{language}' is no language of two lower-case letters.", nameof(descriptions));
            Ensure.Token(description, nameof(Descriptions), MaxDescriptionLength);
        }

        return descriptions;
    }
}

/// <summary>List of commands to publish.</summary>
public sealed record CommandPublication
{
    private const int MaxCommands = 100;

    /// <summary>Creates a list.</summary>
    /// <param name="commands">The commands, at most 100, each name once.</param>
    /// <exception cref="ArgumentException">There are more than 100 commands, or two of one name.</exception>
    public CommandPublication(IEnumerable<PublishedCommand> commands) => Commands = [.. commands];

    /// <summary>Commands in the order of the menu. It replaces the list published before; empty: the platform shall show none.</summary>
    public IReadOnlyList<PublishedCommand> Commands { get; init => field = Checked(Ensure.List(value, "commands")); }

    private static IReadOnlyList<PublishedCommand> Checked(IReadOnlyList<PublishedCommand> commands)
    {
        if (commands.Count > MaxCommands)
            throw new ArgumentException($"A list has at most {MaxCommands} commands; this one has {commands.Count}.", nameof(commands));
        if (commands.GroupBy(static command => command.Name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } same)
            throw new ArgumentException($"Two commands have the name '{same.Key}'.", nameof(commands));
        return commands;
    }
}

/// <summary>Capability: shows the commands of the handler in the platform's own menu. An adapter declares it by implementing the interface.</summary>
public interface IPublishCommands
{
    /// <summary>Publishes the whole list, in place of the one published before.</summary>
    /// <param name="publication">The list.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>A task that completes when the platform has the list.</returns>
    /// <remarks>Deadline: <c>timeouts.commandsSeconds</c>, 30 s by default. Called after each connection and when the list changes, one call at a time,
    /// beside sends and everything else; not called while the handler has declared no command. A failure or a timeout is counted and logged, and ends
    /// nothing: the list is published again after the next connection.</remarks>
    Task PublishAsync(CommandPublication publication, CancellationToken cancellationToken);
}
