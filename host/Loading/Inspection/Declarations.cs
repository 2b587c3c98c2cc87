using System.Collections.Immutable;
using System.Globalization;
using System.Reflection.Metadata;
using System.Text.RegularExpressions;

namespace PluginGateway.Loading.Inspection;

/// <summary>Reads the assembly attributes that name a plugin's adapter and handler.</summary>
internal sealed partial class Declarations(string path, MetadataReader reader)
{
    private const string AdapterAttribute = "PluginGateway." + nameof(ChannelAdapterAttribute);
    private const string HandlerAttribute = "PluginGateway." + nameof(MessageHandlerAttribute);

    /// <summary>True for an assembly without an adapter and a handler.</summary>
    public bool IsEmpty => Find(AdapterAttribute, "adapter") is null && Find(HandlerAttribute, "handler") is null;

    /// <summary>Returns the version of the contract for which the declared class was compiled; null for a draft, whose attributes have two
    /// arguments.</summary>
    public int? Contract() =>
        (Find(AdapterAttribute, "adapter") ?? Find(HandlerAttribute, "handler")) is { FixedArguments: [_, _, { Value: int number }, ..] } ? number : null;

    /// <summary>Reads the declaration of the adapter; null when there is none.</summary>
    public AdapterDeclaration? Adapter()
    {
        if (Find(AdapterAttribute, "adapter") is not { } value) return null;
        var platform = ShortName(value);
        var (type, interfaces) = ClassOf(value, "PluginGateway." + nameof(IChannelAdapter), "PluginGateway." + nameof(AdapterContext));
        return new AdapterDeclaration(platform, type, Traits(value) with { Platform = platform }, CapabilityInterfaces.Named(interfaces));
    }

    /// <summary>Reads the declaration of the handler; null when there is none.</summary>
    public HandlerDeclaration? Handler()
    {
        if (Find(HandlerAttribute, "handler") is not { } value) return null;
        var (type, interfaces) = ClassOf(value, "PluginGateway." + nameof(IMessageHandler), "PluginGateway." + nameof(HandlerContext));
        var traits = HandlerTraitsOf(value);
        if (traits.Events != EventKinds.None && !interfaces.Contains(nameof(IEventHandler)))
            throw Invalid($"Events = {traits.Events}", $"{EventKinds.None}, or the class '{type}' implements PluginGateway.{nameof(IEventHandler)}");
        return new HandlerDeclaration(ShortName(value), type, traits)
        {
            Capabilities = HandlerInterfaces.Named(interfaces),
            Commands = new CommandDeclarations(path, reader).Read(),
        };
    }

    private HandlerTraits HandlerTraitsOf(CustomAttributeValue<string> value)
    {
        var given = value.NamedArguments.ToDictionary(static argument => argument.Name!, static argument => argument.Value, StringComparer.Ordinal);
        var scope = (SessionScope)(given.GetValueOrDefault(nameof(HandlerTraits.Scope)) as int? ?? 0);
        return new HandlerTraits
        {
            // A kind this contract does not know is a later one: no event of it comes.
            Events = (EventKinds)(given.GetValueOrDefault(nameof(HandlerTraits.Events)) as int? ?? 0) & EventKinds.All,
            Scope = Enum.IsDefined(scope) ? scope : throw new PluginLoadException(
                LoadCode.ContractNewer, $"'{path}' declares Scope = {(int)scope}, which this gateway does not know; update the gateway."),
            Collect = given.GetValueOrDefault(nameof(HandlerTraits.Collect)) is true,
        };
    }

    private CustomAttributeValue<string>? Find(string attribute, string kind)
    {
        var found = All(reader, attribute).ToArray();
        if (found.Length > 1)
            throw new PluginLoadException(
                LoadCode.TwoAdapters, $"'{path}' declares {found.Length} {kind}s; one DLL holds one: split it into one plugin each.");
        return found.Length == 0 ? null : found[0].DecodeValue(SignatureNames.Instance);
    }

    /// <summary>Returns the attributes of the assembly that are of a class of the contract.</summary>
    public static IEnumerable<CustomAttribute> All(MetadataReader reader, string attribute) =>
        reader.GetAssemblyDefinition().GetCustomAttributes().Select(reader.GetCustomAttribute).Where(item => TypeOf(reader, item) == attribute);

    private static string? TypeOf(MetadataReader reader, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference) return null;
        var parent = reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        return parent.Kind == HandleKind.TypeReference && SignatureNames.AssemblyOf(reader, (TypeReferenceHandle)parent) == HostContract.Name
            ? SignatureNames.Of(reader, (TypeReferenceHandle)parent) : null;
    }

    private string ShortName(CustomAttributeValue<string> value)
    {
        var name = value.FixedArguments[0].Value as string;
        return name is not null && ShortNames().IsMatch(name) ? name : throw Invalid($"the name '{name}'", "lower-case letters, digits and hyphens");
    }

    private (string Type, HashSet<string> Interfaces) ClassOf(CustomAttributeValue<string> value, string wanted, string context)
    {
        var declared = value.FixedArguments[1].Value as string;
        var name = declared?.Split(',')[0].Trim() ?? "";
        using var found = declared is null || IsElsewhere(declared) ? null : DeclaredClass.Find(reader, Path.GetDirectoryName(path)!, name, context);
        if (found is null)
            throw new PluginLoadException(LoadCode.NoAdapter,
                $"'{path}' declares the class '{declared}', which is not in this DLL; name a class of the plugin's own assembly in the attribute.");
        if (!found.Interfaces.Contains(wanted))
            throw new PluginLoadException(
                LoadCode.NoAdapter, $"'{path}' declares the class '{name}', which does not implement {wanted}; correct the attribute or the class.");
        if (found.Uncreatable is { } reason)
            throw new PluginLoadException(
                LoadCode.NoConstructor, $"'{path}': the class '{name}' {reason}; the gateway creates it through one public constructor ({context}).");
        return (name, [.. found.Interfaces.Select(static full => full[(full.LastIndexOf('.') + 1)..])]);
    }

    private bool IsElsewhere(string declared)
    {
        var parts = declared.Split(',');
        return parts.Length > 1 && parts[1].Trim() != reader.GetString(reader.GetAssemblyDefinition().Name);
    }

    private AdapterTraits Traits(CustomAttributeValue<string> value)
    {
        // An argument this contract does not know is a later, optional declaration: the plugin works without it.
        var given = value.NamedArguments.ToDictionary(static argument => argument.Name!, static argument => argument.Value, StringComparer.Ordinal);
        var defaults = new AdapterTraits();
        var traits = defaults with
        {
            MaxTextLength = Number(nameof(AdapterTraits.MaxTextLength), defaults.MaxTextLength),
            MaxCaption = Number(nameof(AdapterTraits.MaxCaption), defaults.MaxCaption),
            ClientSplitLength = Number(nameof(AdapterTraits.ClientSplitLength), defaults.ClientSplitLength),
            TextUnit = Word(nameof(AdapterTraits.TextUnit), defaults.TextUnit),
            ConcurrentSends = Number(nameof(AdapterTraits.ConcurrentSends), defaults.ConcurrentSends, least: 1, most: 64),
            AccountMessagesPerSecond = Rate(nameof(AdapterTraits.AccountMessagesPerSecond)),
            ChatMessagesPerSecond = Rate(nameof(AdapterTraits.ChatMessagesPerSecond)),
            GroupMessagesPerMinute = Number(nameof(AdapterTraits.GroupMessagesPerMinute), defaults.GroupMessagesPerMinute),
            AccountEditsPerSecond = Rate(nameof(AdapterTraits.AccountEditsPerSecond)),
            ChatEditsPerSecond = Rate(nameof(AdapterTraits.ChatEditsPerSecond)),
            MaxEdits = Number(nameof(AdapterTraits.MaxEdits), defaults.MaxEdits),
            EditWindowSeconds = Number(nameof(AdapterTraits.EditWindowSeconds), defaults.EditWindowSeconds),
            MaxAttachments = Number(nameof(AdapterTraits.MaxAttachments), defaults.MaxAttachments),
            MaxAttachmentBytes = given.GetValueOrDefault(nameof(AdapterTraits.MaxAttachmentBytes)) is not long bytes ? defaults.MaxAttachmentBytes
                : bytes >= 0 ? bytes
                : throw Invalid(string.Create(CultureInfo.InvariantCulture, $"{nameof(AdapterTraits.MaxAttachmentBytes)} = {bytes}"), "0 or more"),
            MaxButtons = Number(nameof(AdapterTraits.MaxButtons), defaults.MaxButtons, most: 64),
            MaxButtonLabel = Number(nameof(AdapterTraits.MaxButtonLabel), defaults.MaxButtonLabel),
            ButtonIdBytes = Number(nameof(AdapterTraits.ButtonIdBytes), defaults.ButtonIdBytes),
            // A feature this contract does not know is a later one: it is not used.
            Features = (MessageFeatures)Number(nameof(AdapterTraits.Features), 0, least: int.MinValue)
                & (MessageFeatures.Location | MessageFeatures.Silent | MessageFeatures.LinkPreview | MessageFeatures.Tickets),
            PrivateDelivery = Word(nameof(AdapterTraits.PrivateDelivery), defaults.PrivateDelivery),
            Extras = Names(nameof(AdapterTraits.Extras)),
            SenderIdsProve = given.GetValueOrDefault(nameof(AdapterTraits.SenderIdsProve)) as bool? ?? defaults.SenderIdsProve,
            Inbound = Word(nameof(AdapterTraits.Inbound), defaults.Inbound),
            Idempotency = Word(nameof(AdapterTraits.Idempotency), defaults.Idempotency),
            IdempotencySeconds = Number(nameof(AdapterTraits.IdempotencySeconds), defaults.IdempotencySeconds),
            CredentialSettings = Names(nameof(AdapterTraits.CredentialSettings)),
            PathPrefix = given.GetValueOrDefault(nameof(AdapterTraits.PathPrefix)) as string,
        };
        if (traits.ButtonIdBytes is > 0 and < AdapterTraits.LeastButtonIdBytes)
            throw Invalid(
                string.Create(CultureInfo.InvariantCulture, $"ButtonIdBytes = {traits.ButtonIdBytes}"),
                $"0 (no limit), or {AdapterTraits.LeastButtonIdBytes} and more, the length of the gateway's own ids of buttons");
        if (traits.PathPrefix is { } prefix && !PathPrefixes().IsMatch(prefix))
            throw Invalid($"PathPrefix = '{prefix}'", "one segment of lower-case letters, digits and hyphens, as '/chat'");
        if (traits.PathPrefix is { } taken && HostsOwn.Contains(taken))
            throw Invalid($"PathPrefix = '{taken}'", $"any segment but the gateway's own: {string.Join(", ", HostsOwn)}");
        return traits;

        string[] Names(string name) => given.GetValueOrDefault(name) is ImmutableArray<CustomAttributeTypedArgument<string>> names
            ? [.. names.Select(static entry => entry.Value).OfType<string>()] : [];

        int Number(string name, int otherwise, int least = 0, int most = int.MaxValue)
        {
            var number = given.GetValueOrDefault(name) as int? ?? otherwise;
            return number >= least && number <= most ? number : throw Invalid(
                string.Create(CultureInfo.InvariantCulture, $"{name} = {number}"),
                string.Create(CultureInfo.InvariantCulture, $"{least} {(most == int.MaxValue ? "or more" : $"to {most}")}"));
        }

        double Rate(string name)
        {
            var rate = given.TryGetValue(name, out var number) ? (double)number! : 0;
            return rate == 0 || (rate >= AdapterTraits.LeastRate && double.IsFinite(rate)) ? rate : throw Invalid(
                string.Create(CultureInfo.InvariantCulture, $"{name} = {rate}"),
                string.Create(CultureInfo.InvariantCulture, $"0 (no limit), or {AdapterTraits.LeastRate} and more"));
        }

        T Word<T>(string name, T otherwise)
            where T : struct, Enum
        {
            if (!given.TryGetValue(name, out var number)) return otherwise;
            var word = (T)Enum.ToObject(typeof(T), number!);
            return Enum.IsDefined(word) ? word
                : throw new PluginLoadException(
                    LoadCode.ContractNewer, $"'{path}' declares {name} = {number}, which this gateway does not know; update the gateway.");
        }
    }

    /// <summary>First path segments that the gateway serves itself.</summary>
    private static readonly string[] HostsOwn = ["/api", "/healthz", "/hooks", "/metrics", "/readyz", "/status"];

    private PluginLoadException Invalid(string what, string allowed) =>
        new(LoadCode.InvalidDeclaration, $"'{path}' declares {what}; allowed: {allowed}. Correct the assembly's attribute.");

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}$")]
    private static partial Regex ShortNames();

    [GeneratedRegex("^/[a-z0-9][a-z0-9-]{0,63}$")]
    private static partial Regex PathPrefixes();
}
