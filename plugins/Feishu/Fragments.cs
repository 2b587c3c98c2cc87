using System.Globalization;
using PluginGateway.Plugins.Feishu.Protocol;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Assembles events that came in several frames: by their id, in any order. An event that is not complete in time is dropped; the
/// platform sends it again.</summary>
internal sealed class Fragments(TimeProvider clock)
{
    public const int MostParts = 256;
    public const int MostSets = 64;
    public const int MostBytes = 16 * 1024 * 1024;
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Set> _sets = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Takes a data frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="payload">The whole event, once it is whole.</param>
    /// <param name="problem">The fault of the frame, or null.</param>
    /// <returns>True: here is a whole event.</returns>
    public bool TryComplete(Frame frame, out ReadOnlyMemory<byte> payload, out string? problem)
    {
        (payload, problem) = (frame.Payload.Memory, null);
        Forget();
        if (!Read(frame, "sum", 1, out var sum) || !Read(frame, "seq", 0, out var seq) || sum < 1 || sum > MostParts || seq < 0 || seq >= sum)
        {
            problem = $"part '{Bounded(frame.Value("seq"))}' of '{Bounded(frame.Value("sum"))}' (1 to {MostParts} are allowed)";
            return false;
        }

        if (sum == 1) return true;
        if (frame.Value("message_id") is not { Length: > 0 and <= 256 } id)
        {
            problem = "a part without a message_id";
            return false;
        }

        if (!_sets.TryGetValue(id, out var set) || set.Parts.Length != sum)
        {
            if (set is not null) Remove(id, set);
            if (_sets.Count >= MostSets) Remove(_sets.MinBy(static pair => pair.Value.Since));
            _sets.Add(id, set = new Set(new byte[sum][], clock.GetTimestamp()));
        }

        _bytes += frame.Payload.Length - (set.Parts[seq]?.Length ?? 0);
        set.Parts[seq] = frame.Payload.ToByteArray();
        if (_bytes > MostBytes)
        {
            Remove(id, set);
            problem = $"parts of more than {MostBytes} bytes";
            return false;
        }

        if (Array.Exists(set.Parts, static part => part is null)) return false;
        payload = set.Parts.SelectMany(static part => part!).ToArray();
        Remove(id, set);
        return true;
    }

    private static bool Read(Frame frame, string key, int otherwise, out int number)
    {
        number = otherwise;
        return frame.Value(key) is not { } text || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static string Bounded(string? text) => text is null ? "" : text[..Math.Min(text.Length, 20)];

    private void Forget()
    {
        foreach (var old in _sets.Where(pair => clock.GetElapsedTime(pair.Value.Since) > Patience).ToArray()) Remove(old);
    }

    private void Remove(KeyValuePair<string, Set> pair) => Remove(pair.Key, pair.Value);

    private void Remove(string id, Set set)
    {
        _sets.Remove(id);
        _bytes -= set.Parts.Sum(static part => part?.Length ?? 0);
    }

    private sealed record Set(byte[]?[] Parts, long Since);
}
