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
    private const string Metrics = "metrics", Events = "events", Memory = "memory", Send = "send:";

    private const string Rights = "metrics, events, memory, send:ADAPTER";

    /// <summary>True when the token may read and drop the memory of sessions (<c>/api/memory</c>), which no other token may.</summary>
    public bool SeesMemory { get; init; }

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
                key, null, "is no object; allowed: { \"token\": \"${env:NAME}\", \"may\": [ \"metrics\", \"events\", \"memory\", \"send:ADAPTER\" ] }.");
            return null;
        }

        var reader = new ObjectReader(value, key, scope.Problems);
        var token = GatewayOptions.ReadToken(reader, "token", scope);
        if (token is null) scope.Problems.Error(reader.KeyOf("token"), null, "is missing.");
        var may = reader.Texts("may", static text => text is Metrics or Events or Memory
            || (text.StartsWith(Send, StringComparison.Ordinal) && Rules.AdapterId(text[Send.Length..]) is null)
            ? null
            : $"is no right; allowed: {Rights}.");
        var sends = may.Where(static text => text.StartsWith(Send, StringComparison.Ordinal)).Select(static text => text[Send.Length..]).ToArray();
        if (may.Count == 0) scope.Problems.Error(reader.KeyOf("may"), null, $"is empty; allowed: {Rights}.");
        if (sends.Length > 1) scope.Problems.Error(reader.KeyOf("may"), null, "names two adapters to send through; make a token for each.");
        reader.RejectUnknown();
        return string.IsNullOrEmpty(token) ? null : new(token, may.Contains(Metrics), may.Contains(Events), sends.FirstOrDefault())
        {
            SeesMemory = may.Contains(Memory),
        };
    }

    /// <summary>Returns a description without the token.</summary>
    public override string ToString() =>
        $"a token for{(ReadsMetrics ? " metrics" : "")}{(ReadsEvents ? " events" : "")}{(SeesMemory ? " memory" : "")}{(SendsTo is null ? "" : $" send:{SendsTo}")}";
}
