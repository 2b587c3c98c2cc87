using System.Text;

namespace PluginGateway.Guard;

/// <summary>Limits of the events of an adapter: checked where it publishes, in a worker too.</summary>
internal static class EventLimits
{
    /// <summary>Bytes of one event as a stream has it.</summary>
    public const int MaxEventBytes = 1024 * 1024;

    private const int MaxTopicLength = 256;
    private const int EachLine = 7;

    /// <exception cref="ArgumentException">The topic has no name, or too long a one.</exception>
    public static void Check(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        if (topic.Length > MaxTopicLength)
            throw new ArgumentException(
                $"The topic '{topic[..32]}...' has {topic.Length} characters; at most {MaxTopicLength} are allowed.", nameof(topic));
    }

    /// <exception cref="ArgumentException">The topic has no name, or too long a one, or the event is too long.</exception>
    public static void Check(string topic, StreamEvent streamEvent)
    {
        Check(topic);
        ArgumentNullException.ThrowIfNull(streamEvent);
        var data = streamEvent.Data;
        var size = (long)data.Length;
        // In a stream each line of the event gets a prefix. A text that is too large already is not searched for lines: that takes long for a
        // gigabyte.
        if (size <= MaxEventBytes)
        {
            size = Encoding.UTF8.GetByteCount(data) + Length(streamEvent.Id) + Length(streamEvent.Name);
            size += EachLine * ((long)data.AsSpan().Count('\n') + data.AsSpan().Count('\r'));
        }

        if (size > MaxEventBytes)
            throw new ArgumentException(
                $"An event of {size} bytes for the topic '{topic}' is not published; at most {MaxEventBytes} are allowed.", nameof(streamEvent));
    }

    private static int Length(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}
