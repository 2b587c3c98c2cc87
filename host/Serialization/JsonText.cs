using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PluginGateway.Serialization;

/// <summary>Serialiser of the gateway's JSON, in which every script stays readable. Encoder and indentation are options of the writer: with an encoder
/// or a converter among its own options, the serialiser does not use the handlers that contexts of the mode "Serialization" have, which are compiled
/// ahead of time, but builds metadata.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Largest buffer that a thread keeps for its next line, in bytes.</summary>
    private const int MostKept = 64 * 1024;

    [ThreadStatic]
    private static LineWriter? _line;

    /// <summary>Returns one line, without its end.</summary>
    public static string Line<T>(T value, JsonTypeInfo<T> type) => Encoding.UTF8.GetString(LineBytes(value, type));

    /// <summary>Returns one line in UTF-8, without its end.</summary>
    public static byte[] LineBytes<T>(T value, JsonTypeInfo<T> type)
    {
        var line = _line ?? new LineWriter();
        // A line that is written by a getter of this one, or after an exception in the middle of one, has another writer.
        _line = null;
        var bytes = line.Write(value, type);
        if (line.Capacity <= MostKept) _line = line;
        return bytes;
    }

    /// <summary>Returns indented lines, for terminals.</summary>
    public static string Indented<T>(T value, JsonTypeInfo<T> type) => Encoding.UTF8.GetString(Write(value, type, OneLine with { Indented = true }));

    /// <summary>Returns indented lines in UTF-8, for files.</summary>
    public static byte[] IndentedBytes<T>(T value, JsonTypeInfo<T> type) => Write(value, type, OneLine with { Indented = true }).ToArray();

    private static ReadOnlySpan<byte> Write<T>(T value, JsonTypeInfo<T> type, JsonWriterOptions options)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes, options)) JsonSerializer.Serialize(json, value, type);
        return bytes.WrittenSpan;
    }

    /// <summary>Writer that is used again: every message is written as a line several times.</summary>
    private sealed class LineWriter
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(1024);
        private readonly Utf8JsonWriter _json;

        public LineWriter() => _json = new Utf8JsonWriter(_bytes, OneLine);

        public int Capacity => _bytes.Capacity;

        public byte[] Write<T>(T value, JsonTypeInfo<T> type)
        {
            JsonSerializer.Serialize(_json, value, type);
            _json.Flush();
            var line = _bytes.WrittenSpan.ToArray();
            _bytes.ResetWrittenCount();
            _json.Reset();
            return line;
        }
    }
}
