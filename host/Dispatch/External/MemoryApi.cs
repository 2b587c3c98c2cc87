using System.Globalization;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.External;

/// <summary>Selection of sessions with memory. A null member selects all.</summary>
/// <param name="Handler">The handler's id.</param>
/// <param name="Adapter">The adapter's id.</param>
/// <param name="Session">The key of the session.</param>
/// <param name="OlderSeconds">Least age of the last message.</param>
internal sealed record MemorySelector(string? Handler, string? Adapter, string? Session, double? OlderSeconds)
{
    /// <summary>True: nothing is selected.</summary>
    public bool IsEmpty => (Handler ?? Adapter ?? Session) is null && OlderSeconds is null;
}

/// <summary>Memory of one session.</summary>
internal sealed record SessionWithMemory(string Handler, string Adapter, string Session, long Keys, long Bytes, DateTimeOffset LastMessage);

/// <summary>Key in the memory of a session. <paramref name="Text"/>: null where only sizes were asked for.</summary>
internal sealed record KeyInMemory(string Handler, string Key, long Bytes, string? Text);

/// <summary>Answer to a request about the memory of sessions. <paramref name="Problem"/>: reason why there is no result, as a sentence; null: there
/// is.</summary>
internal readonly record struct MemoryAnswer<T>(T? Value, string? Problem);

/// <summary>Memory of sessions for programs. Any thread; the answers come on the store's writer and may only post.</summary>
internal sealed class MemoryApi(MessageStore store, TimeProvider clock)
{
    /// <summary>Largest number of sessions of one request.</summary>
    public const int MostListed = 1000;

    /// <summary>Largest number of sessions that one request drops: a request is one transaction, between those of the messages.</summary>
    public const int MostDropped = 50;

    public void List(MemorySelector selector, int limit, Action<MemoryAnswer<IReadOnlyList<SessionWithMemory>>> done) =>
        store.ListMemory(QueryOf(selector, Math.Clamp(limit, 1, MostListed)), rows => done(Answer(rows, static found => (IReadOnlyList<SessionWithMemory>)
            [.. found.Select(static row => new SessionWithMemory(row.HandlerId, row.AdapterId, row.Session, row.Keys, row.Bytes, row.Touched))])));

    public void Show(MemorySelector selector, bool withText, Action<MemoryAnswer<IReadOnlyList<KeyInMemory>>> done) =>
        store.ShowMemory(QueryOf(selector, 0), withText, values => done(Answer(values, static found => (IReadOnlyList<KeyInMemory>)
            [.. found.Select(static value => new KeyInMemory(value.HandlerId, value.Key, value.Bytes, value.Value))])));

    /// <summary>Drops the memory of sessions, and answers with their number; there may be more when it equals <see cref="MostDropped"/>.</summary>
    public void Drop(MemorySelector selector, Action<MemoryAnswer<int>> done) =>
        store.DropMemory(QueryOf(selector, MostDropped), dropped => done(Answer(dropped, static count => count)));

    private static MemoryAnswer<TOut> Answer<TIn, TOut>(CommandResult<TIn> result, Func<TIn, TOut> convert) => result.Failure is { } failure
        ? new(default, string.Create(CultureInfo.InvariantCulture, $"The store does not answer: {failure.Message}"))
        : new(convert(result.Value!), null);

    private MemoryQuery QueryOf(MemorySelector selector, int limit) => new(
        selector.Handler, selector.Adapter, selector.Session,
        selector.OlderSeconds is { } seconds ? clock.GetUtcNow() - TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e9)) : null, limit);
}
