using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Benchmarks;

/// <summary>One measured number.</summary>
internal sealed record Figure(string Name, double Value, string Unit)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string ToJson() => JsonSerializer.Serialize(this with { Value = Math.Round(Value, 2) }, Json);

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Name,-28} {Value,12:N2} {Unit}");
}
