using PluginGateway.Configuration;
using PluginGateway.Loading;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Options of a message for one platform: those whose names begin with it and a dot.</summary>
internal static class PlatformOptions
{
    /// <summary>Returns the options for an adapter, by the names of its platform.</summary>
    public static IReadOnlyDictionary<string, string> Of(OutboundPayload payload, AdapterTraits traits) => (payload.Extras ?? [])
        .Where(option => IsOf(option.Key, traits)).ToDictionary(option => NameOf(option.Key, traits), static option => option.Value);

    /// <summary>Returns the reason why an adapter cannot send a message with these options; null when it can.</summary>
    public static string? Refusal(OutboundPayload payload, AdapterTraits traits) =>
        Of(payload, traits).Keys.FirstOrDefault(name => !traits.Extras.Contains(name, StringComparer.Ordinal)) is { } unknown
            ? $"{SendErrorKind.InvalidMessage}: the adapter has no option '{traits.Platform}.{unknown}'"
                + (traits.Extras.Count == 0 ? ", nor any other." : NearestName.Hint(unknown, traits.Extras))
            : null;

    private static bool IsOf(string option, AdapterTraits traits) => traits.Platform.Length > 0 && option.Length > traits.Platform.Length + 1
        && option[traits.Platform.Length] == '.' && option.StartsWith(traits.Platform, StringComparison.Ordinal);

    private static string NameOf(string option, AdapterTraits traits) => option[(traits.Platform.Length + 1)..];
}
