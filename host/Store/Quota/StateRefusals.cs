using System.Collections.Concurrent;

namespace PluginGateway.Store.Quota;

/// <summary>Adapters whose state was refused since they last found room for a new key, each with the reason as a sentence. Any thread.</summary>
internal sealed class StateRefusals(ILogger log)
{
    private readonly ConcurrentDictionary<string, string> _sentences = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Sentences =>
        _sentences.IsEmpty ? [] : [.. _sentences.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => one.Value)];

    /// <summary>Records the outcome of a write of state; logs the first refusal.</summary>
    public void Note(string adapterId, StateWriteOutcome outcome, StateQuota quota)
    {
        if (outcome == StateWriteOutcome.Added) Clear(adapterId);
        if (outcome != StateWriteOutcome.OverQuota) return;
        var sentence = StoreFailures.StateRefused(adapterId, outcome, quota).Message;
        if (_sentences.TryAdd(adapterId, sentence)) log.StateRefused(sentence);
    }

    public void Clear(string adapterId)
    {
        if (!_sentences.IsEmpty) _sentences.TryRemove(adapterId, out _);
    }
}
