using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PluginGateway.Logging;

/// <summary>Log lines as JSON, one object a line.</summary>
internal sealed class JsonLines : ILineFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public string Format(in LogEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", entry.Time.UtcDateTime);
            json.WriteString("level", entry.LevelName);
            json.WriteString("category", entry.Category);
            if (entry.Event != 0) json.WriteNumber("event", entry.Event);
            json.WriteString("message", entry.Message);
            if (entry.Fault is { } fault) Write(json, fault);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, LoggedFault fault)
    {
        json.WriteStartObject("exception");
        json.WriteString("type", fault.Type);
        if (fault.FirstLine is not null) json.WriteString("text", fault.FirstLine);
        if (fault.Stack is not null) json.WriteString("stack", fault.Stack);
        json.WriteEndObject();
    }
}
