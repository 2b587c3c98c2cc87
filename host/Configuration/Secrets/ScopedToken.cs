using System.Text.Json;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Configuration.Secrets;

/// <summary>A token with a part of the rights of <c>httpToken</c>. A secret.</summary>
/// <param name="Token">The token.</param>
/// <param name="ReadsMetrics">True when the token may read <c>/metrics</c>.</param>
/// <param name="ReadsEvents">True when the token may read <c>/api/events</c>.</param>
/// <param name="SendsTo">The adapter through which the token may send; null: none.</param>
internal sealed record ScopedToken(string Token, bool ReadsMetrics, bool ReadsEvents, string? SendsTo)
{
    private const string Metrics = "metrics", Events = "events", Send = "send:";

    public static IReadOnlyList<ScopedToken> ReadAll(ObjectReader owner, string name, ReadScope scope)
    {
        foreach (var key in (string[])["token", "may"]) scope.Problems.Know($"{owner.KeyOf(name)}[].{key}");
        return [.. (owner.Items(name) ?? []).Select(item => Read(item.Key, item.Value, scope)).OfType<ScopedToken>()];
    }

    private static ScopedToken? Read(string key, JsonElement value, ReadScope scope)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            scope.Problems.Error(
                key, null, "is no object; allowed: { \"token\": \"${env:NAME}\", \"may\": [ \"metrics\", \"events\", \"send:ADAPTER\" ] }.");
            return null;
        }

        var reader = new ObjectReader(value, key, scope.Problems);
        var token = GatewayOptions.ReadToken(reader, "token", scope);
        if (token is null) scope.Problems.Error(reader.KeyOf("token"), null, "is missing.");
        var may = reader.Texts("may", static text => text is Metrics or Events
            || (text.StartsWith(Send, StringComparison.Ordinal) && Rules.AdapterId(text[Send.Length..]) is null)
            ? null
            : "is no right; allowed: metrics, events, send:ADAPTER.");
        var sends = may.Where(static text => text.StartsWith(Send, StringComparison.Ordinal)).Select(static text => text[Send.Length..]).ToArray();
        if (may.Count == 0) scope.Problems.Error(reader.KeyOf("may"), null, "is empty; allowed: metrics, events, send:ADAPTER.");
        if (sends.Length > 1) scope.Problems.Error(reader.KeyOf("may"), null, "names two adapters to send through; make a token for each.");
        reader.RejectUnknown();
        return string.IsNullOrEmpty(token) ? null : new(token, may.Contains(Metrics), may.Contains(Events), sends.FirstOrDefault());
    }

    /// <summary>Returns a description without the token.</summary>
    public override string ToString() =>
        $"a token for{(ReadsMetrics ? " metrics" : "")}{(ReadsEvents ? " events" : "")}{(SendsTo is null ? "" : $" send:{SendsTo}")}";
}
