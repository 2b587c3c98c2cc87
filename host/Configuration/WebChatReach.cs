using System.Text.Json;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Configuration;

/// <summary>Access to the pages of a chat: beyond this machine only with the gateway's token, unless the operator makes the chat public. Webhooks of
/// platforms check their callers themselves, so other adapters are always public.</summary>
internal static class WebChatReach
{
    private const string WebChat = "WebChat";

    /// <summary>Returns true when the operator has made the chat public: <c>"settings": { "public": true }</c>.</summary>
    public static bool IsPublic(AdapterOptions adapter) =>
        adapter.Plugin == WebChat && adapter.Settings.ValueKind == JsonValueKind.Object && adapter.Settings.TryGetProperty("public", out var value)
        && value.ValueKind == JsonValueKind.True;

    /// <summary>Returns true when the adapter's pages require the gateway's token.</summary>
    public static bool WantsToken(AdapterOptions? adapter, GatewayOptions gateway) =>
        adapter is { Plugin: WebChat } && !Rules.IsLoopback(gateway.Http) && !IsPublic(adapter);
}
