using System.Buffers;
using System.Text.Json;

namespace PluginGateway.Control;

/// <summary>Router from a request line to its verb and from its reply to a reply line.</summary>
internal sealed class ControlRouter(IEnumerable<IControlVerb> verbs)
{
    private readonly Dictionary<string, IControlVerb> _verbs = verbs.ToDictionary(verb => verb.Name, StringComparer.Ordinal);

    /// <summary>Executes a request and returns the reply, with its line end. Throws nothing.</summary>
    public ReadOnlySpan<byte> Answer(ReadOnlySpan<byte> line)
    {
        try
        {
            return Line(Execute(line));
        }
        catch (Exception problem)
        {
            return Line(ControlReply.Refused($"The request failed: {problem.GetType().Name}: {problem.Message}"));
        }
    }

    /// <summary>Returns the reply to a client without the key, with its line end.</summary>
    public static ReadOnlySpan<byte> Refuse(string why) => Line(ControlReply.Refused(why));

    private ControlReply Execute(ReadOnlySpan<byte> line)
    {
        if (ControlRequestReader.Read(line) is not { } request)
            return ControlReply.Refused(
                """The request is not understood; expected one line such as {"verb":"status","arguments":{}}, arguments being strings.""");
        return _verbs.TryGetValue(request.Verb, out var verb)
            ? verb.Execute(request)
            : ControlReply.Refused($"There is no verb '{request.Verb}'; there are: {string.Join(", ", _verbs.Keys.Order(StringComparer.Ordinal))}.");
    }

    private static ReadOnlySpan<byte> Line(ControlReply reply)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", reply.Result is not null);
            if (reply.Result is { } result)
            {
                json.WritePropertyName("result");
                // A line break in valid JSON is white space; here it would end the reply.
                json.WriteRawValue(result.Replace('\r', ' ').Replace('\n', ' '));
            }
            else
            {
                json.WriteString("error", reply.Error);
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }
}
