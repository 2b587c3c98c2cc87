using System.Net;

namespace PluginGateway;

/// <summary>Rules of an address in the settings.</summary>
[Flags]
public enum AddressRules
{
    /// <summary>An https address, or an http address of this machine, without user, password and fragment.</summary>
    None = 0,

    /// <summary>No path and no query: scheme, host and port only.</summary>
    NoPath = 1,

    /// <summary>An http address of another machine too, where the setting <c>allowPlainHttp</c> beside it is true. The reader reads that
    /// setting.</summary>
    PlainHttpBySetting = 2,
}

/// <summary>Check of an address in the settings.</summary>
internal static class SettingsAddress
{
    /// <summary>Name of the setting by which the operator allows http to another machine.</summary>
    internal const string PlainHttpSetting = "allowPlainHttp";

    /// <summary>Returns the address; null if the rules forbid it.</summary>
    internal static Uri? Read(string text, AddressRules rules, bool allowsPlain) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { UserInfo: "", Fragment: "" }
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && (allowsPlain || IsThisMachine(address))))
        && (!rules.HasFlag(AddressRules.NoPath) || address is { AbsolutePath: "/", Query: "" })
            ? address : null;

    /// <summary>Returns the allowed form, for a sentence.</summary>
    internal static string Kind(AddressRules rules) =>
        (rules.HasFlag(AddressRules.NoPath) ? "'https://HOST[:PORT]' without a path, " : "'https://HOST[:PORT][/PATH]' ")
        + "without user and password; http is allowed to this machine only, because all that is sent would be readable and forgeable on the way"
        + (rules.HasFlag(AddressRules.PlainHttpBySetting) ? $", or, where that network is yours, with '{PlainHttpSetting}': true" : "");

    private static bool IsThisMachine(Uri address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.DnsSafeHost, out var ip) && IPAddress.IsLoopback(ip));
}
