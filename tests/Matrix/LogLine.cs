using System.Text.Json;

namespace PluginGateway.MatrixTests;

/// <summary>One line of the gateway's log.</summary>
internal sealed record LogLine(DateTime Time, int Event, string Category, string Message)
{
    public const int Overdue = 4001, Late = 4002, Waits =
        4011, Parked = 4012, Quarantined = 4013, Fault = 4020, Starved = 4021, Recovered = 4022, Degraded = 7102, Unhandled = 7109, PluginSaid = 7151;

    /// <summary>Null for what is no log line: the output of a plugin or of the runtime.</summary>
    public static LogLine? Parse(string text)
    {
        try
        {
            var json = JsonDocument.Parse(text).RootElement;
            return new LogLine(
                json.GetProperty("time").GetDateTime(), json.TryGetProperty("event", out var number) ? number.GetInt32() : 0,
                json.GetProperty("category").GetString()!,
                json.GetProperty("message").GetString()!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
