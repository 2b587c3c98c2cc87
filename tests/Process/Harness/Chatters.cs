using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>Clients that post without pause, each on its own thread, through every end of the gateway: what was not answered is posted again under
/// the same id until it is accepted.</summary>
internal sealed class Chatters : IDisposable
{
    /// <summary>A page can read not many more replies of a conversation again.</summary>
    private const int MostInOneConversation = 90;

    private readonly ConcurrentDictionary<string, ConcurrentQueue<(string Id, string Text)>> _accepted = [];
    private readonly ConcurrentQueue<Exception> _failures = [];
    private readonly ManualResetEventSlim _enough = new();
    private readonly ChatClient _client;
    private readonly TimeSpan _pause;
    private readonly TimeSpan _patience;
    private readonly Thread[] _threads;

    /// <summary>Begins.</summary>
    /// <param name="gateway">Where; nobody needs to be there yet.</param>
    /// <param name="clients">How many post at the same time.</param>
    /// <param name="pause">Between two messages of one client.</param>
    /// <param name="patience">How long a message may find nobody who accepts it.</param>
    public Chatters(Uri gateway, int clients, TimeSpan pause, TimeSpan patience)
    {
        _client = new ChatClient(gateway, TimeSpan.FromSeconds(5));
        _pause = pause;
        _patience = patience;
        _threads = [
            .. Enumerable.Range(0, clients).Select(number => new Thread(() => Chat(number)) { IsBackground = true, Name = $"chatter {number}" })];
        foreach (var thread in _threads) thread.Start();
    }

    public int Accepted => _accepted.Values.Sum(static said => said.Count);

    /// <summary>Lets every client bring its last message in; somebody must be there to accept it.</summary>
    public void Finish()
    {
        _enough.Set();
        foreach (var thread in _threads) thread.Join();
        if (!_failures.IsEmpty) throw new AggregateException(_failures);
    }

    /// <summary>Everything accepted has been answered once and in its order, by a gateway that is idle; except the messages that the gateway itself
    /// says it gave up.</summary>
    public void AssertAnswered(IReadOnlyList<string> givenUp)
    {
        foreach (var (conversation, said) in _accepted)
        {
            var parked = said.Where(message => givenUp.Any(id => id.EndsWith($":{conversation}:{message.Id}", StringComparison.Ordinal)))
                .Select(static message => message.Text).ToHashSet();
            var expected = said.Select(static message => message.Text).Where(text => !parked.Contains(text)).ToArray();
            using var stream = _client.Listen(conversation);
            Bound.Until(() => !expected.Except(Texts()).Any(), Bound.Replies,
                () => $"{conversation}: never answered: {string.Join(", ", expected.Except(Texts()))}");
            var replies = Texts();
            var twice = replies.GroupBy(static text => text).Where(static group => group.Count() > 1).Select(static group => group.Key);
            Assert.True(!twice.Any(), $"{conversation}: answered more than once: {string.Join(", ", twice)}");
            // A turn that is given up may have replied before it was cut off.
            Assert.Equal(expected, replies.Where(text => !parked.Contains(text)));

            string[] Texts() => [.. stream.Replies.Select(static reply => reply.Text)];
        }
    }

    public void Dispose()
    {
        _enough.Set();
        foreach (var thread in _threads) thread.Join(TimeSpan.FromSeconds(10));
        _client.Dispose();
    }

    private void Chat(int number)
    {
        try
        {
            for (var m = 0; !_enough.IsSet; m++)
            {
                var conversation = $"chatter-{number:00}-{m / MostInOneConversation}";
                var (id, text) = ($"{number}-{m}", $"<chatter {number:00} message {m:00000}>");
                for (var clock = Stopwatch.StartNew(); _client.PostAsync(conversation, id, text).GetAwaiter().GetResult() != HttpStatusCode.Accepted;)
                {
                    if (clock.Elapsed > _patience) throw new TimeoutException($"{text} is not accepted within {_patience.TotalSeconds:0} s.");
                    Thread.Sleep(20);
                }

                _accepted.GetOrAdd(conversation, static _ => []).Enqueue((id, text));
                _enough.Wait(_pause);
            }
        }
        catch (Exception failure)
        {
            _failures.Enqueue(failure);
        }
    }
}
