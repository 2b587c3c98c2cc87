using System.Text.Json;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Configuration;

/// <summary>Keys that adapters and handlers share.</summary>
internal static class PluginKeys
{
    public static JsonElement Settings(ObjectReader reader, ReadScope scope, ProblemSeverity unresolved)
    {
        if (reader.Raw("settings") is not { } settings) return ResolvedSettings.Empty;
        if (settings.ValueKind == JsonValueKind.Object) return ResolvedSettings.Read(settings, reader.KeyOf("settings"), scope, unresolved);
        scope.Problems.Error(reader.KeyOf("settings"), null, "is not an object; allowed: { ... }, as the plugin documents it.");
        return ResolvedSettings.Empty;
    }

    public static LogLevel? LogLevel(ObjectReader reader) =>
        reader.Raw("logLevel") is null
        ? null
        : reader.Choice("logLevel", Microsoft.Extensions.Logging.LogLevel.Information, GatewayOptions.LogLevels);

    public static string? Sha256(ObjectReader reader) => reader.Text("sha256", null, Rules.Sha256)?.ToLowerInvariant();
}
