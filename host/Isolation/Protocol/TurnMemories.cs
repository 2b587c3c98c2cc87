using PluginGateway.Guard;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of the memory, the notes and the end of turns between gateway and worker.</summary>
internal static class TurnMemories
{
    /// <summary>Writes what a turn has at its begin.</summary>
    public static void Write(FrameWriter writer, TurnOrder turn)
    {
        writer.Long(turn.Memory.Room).List([.. turn.Memory.Sizes], static (to, size) => to.Text(size.Key).Int(size.Value));
        writer.List(turn.Earlier, static (to, earlier) =>
        {
            to.Int(earlier.Ordinal).Name(earlier.Kind).Text(earlier.Text).Flag(earlier.IsDelivered);
            Turns.Write(to, earlier.Message);
        });
        writer.Map(turn.Notes);
    }

    public static SessionMemory ReadMemory(ref FrameReader reader)
    {
        var room = reader.Long();
        return new(reader.List(ReadSize).ToDictionary(static size => size.Key, static size => size.Value, StringComparer.Ordinal), room);
    }

    public static EarlierReply ReadEarlier(ref FrameReader reader)
    {
        var (ordinal, kind, text, isDelivered) = (reader.Int(), reader.Name<EarlierKind>(), reader.Text(), reader.Flag());
        return new(ordinal, kind, Turns.ReadTarget(ref reader)) { Text = text, IsDelivered = isDelivered };
    }

    public static void Write(FrameWriter writer, TurnRequest<TurnFinish> request)
    {
        writer.Int(request.Turn).Maybe(request.Value.Last, Turns.Write);
        Write(writer, request.Value.Changes);
    }

    public static TurnFinish ReadFinish(ref FrameReader reader) => new(reader.Maybe(Turns.ReadReply), ReadChanges(ref reader));

    public static void Write(FrameWriter writer, IReadOnlyDictionary<string, string?> changes) =>
        writer.List([.. changes], static (to, change) => to.Text(change.Key).Text(change.Value));

    /// <summary>Reads changes of the state: values by their keys; null: removed.</summary>
    public static IReadOnlyDictionary<string, string?> ReadChanges(ref FrameReader reader)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (key, value) in reader.List(ReadChange)) changes[key] = value;
        return changes;
    }

    public static void Write(FrameWriter writer, TurnRequest<(string Key, string Value)> request) =>
        writer.Int(request.Turn).Text(request.Value.Key).Text(request.Value.Value);

    public static void Write(FrameWriter writer, TurnRequest<string> request) => writer.Int(request.Turn).Text(request.Value);

    private static KeyValuePair<string, int> ReadSize(ref FrameReader reader) => new(reader.Text(), reader.Int());

    private static KeyValuePair<string, string?> ReadChange(ref FrameReader reader) => new(reader.Text(), reader.MaybeText());
}
