using System.Reflection.Metadata;

namespace PluginGateway.Loading.Inspection;

/// <summary>Reads the assembly attributes that declare the commands of a plugin's handler.</summary>
internal sealed class CommandDeclarations(string path, MetadataReader reader)
{
    private const string Attribute = "PluginGateway." + nameof(HandlerCommandAttribute);

    /// <summary>Returns the commands, in the order of their attributes.</summary>
    /// <exception cref="PluginLoadException">A declaration breaks a rule.</exception>
    public IReadOnlyList<PublishedCommand> Read()
    {
        var declared = Declarations.All(reader, Attribute).Select(static item => item.DecodeValue(SignatureNames.Instance)).Select(Line).ToArray();
        try
        {
            return new CommandPublication(declared.Select(static line => line.Name).Distinct(StringComparer.Ordinal)
                .Select(name => Command(name, [.. declared.Where(line => line.Name == name)]))).Commands;
        }
        catch (ArgumentException problem)
        {
            throw new PluginLoadException(
                LoadCode.InvalidDeclaration, $"'{path}' declares commands that are not allowed: {problem.Message} Correct the assembly's attributes.");
        }
    }

    private static (string Name, string Description, string? Language) Line(CustomAttributeValue<string> value) => (
        value.FixedArguments[0].Value as string ?? "", value.FixedArguments[1].Value as string ?? "",
        value.NamedArguments.FirstOrDefault(static argument => argument.Name == nameof(HandlerCommandAttribute.Language)).Value as string);

    private static PublishedCommand Command(string name, (string Name, string Description, string? Language)[] lines)
    {
        if (lines.GroupBy(static line => line.Language).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"The command '{name}' has two descriptions {(twice.Key is null ? "without a language" : $"in '{twice.Key}'")}.");
        if (!lines.Any(static line => line.Language is null)) throw new ArgumentException($"The command '{name}' has no description without a language.");
        return new PublishedCommand(name, lines.Single(static line => line.Language is null).Description)
        {
            Descriptions = lines.Where(static line => line.Language is not null).ToDictionary(static line => line.Language!, static line => line.Description),
        };
    }
}
