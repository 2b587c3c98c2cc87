namespace PluginGateway.Web.Health;

/// <summary>Statistics of the listener's answers since the start.</summary>
internal sealed class HttpStatistics
{
    private readonly long[] _byClass = new long[6];
    private long _wrongTokens;
    private long _evicted;

    /// <summary>Answers by the first digit of their status, 1 to 5.</summary>
    public IEnumerable<(string Class, long Count)> Answers =>
        Enumerable.Range(1, 5).Select(first => ($"{first}xx", Volatile.Read(ref _byClass[first])));

    /// <summary>Requests with a wrong token, including tokens that were not checked.</summary>
    public long WrongTokens => Volatile.Read(ref _wrongTokens);

    /// <summary>Idle connections that were closed to let another one in.</summary>
    public long EvictedConnections => Volatile.Read(ref _evicted);

    public void CountAnswer(int status) => Interlocked.Increment(ref _byClass[Math.Clamp(status / 100, 0, 5)]);

    public void CountWrongToken() => Interlocked.Increment(ref _wrongTokens);

    public void CountEviction() => Interlocked.Increment(ref _evicted);
}
