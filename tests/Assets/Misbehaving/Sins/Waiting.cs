using System.Runtime.CompilerServices;

namespace Misbehaving;

public static partial class Sins
{
    private static readonly object Held = new();

    /// <summary>Rows 1, 2, 3, 8: never comes back.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Hanging() =>
    [
        ("never", static (_, _) => new TaskCompletionSource().Task),
        Do("sleep", static _ => Forever()),
        Do("lock", static _ =>
        {
            var taken = new ManualResetEventSlim();
            Thread(() =>
            {
                lock (Held)
                {
                    taken.Set();
                    Forever();
                }
            });
            taken.Wait();
            lock (Held) throw new InvalidOperationException("unreachable");
        }),
        Do("wait", static _ => new TaskCompletionSource<int>().Task.GetAwaiter().GetResult()),
        Do("spin", static _ =>
        {
            while (true)
            {
            }
        }),
        Do("uninterruptible", static _ =>
        {
            while (true)
            {
                try
                {
                    Forever();
                }
                catch (Exception)
                {
                    // No way out of here.
                }
            }
        }),
        ("awaitable-blocks", static async (_, _) => await new BlockingAwaitable()),
        ("yield-then-blocks", static async (_, _) =>
        {
            await Task.Yield();
            Forever();
        }),
    ];

    /// <summary>Row 4: what a cancellation callback can do.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Cancelling() =>
    [
        ("cancel-blocks", static (_, token) =>
        {
            token.Register(Forever);
            return new TaskCompletionSource().Task;
        }),
        ("cancel-throws", static (_, token) =>
        {
            token.Register(static () => throw new InvalidOperationException("from a cancellation callback"));
            return new TaskCompletionSource().Task;
        }),
        ("cancel-spins", static (_, token) =>
        {
            token.Register(static () =>
            {
                while (true)
                {
                }
            });
            return new TaskCompletionSource().Task;
        }),
    ];

    /// <summary>Row 5: comes back a second after its deadline (the deadline of the tests is 1.5 s), or goes on for ever and still uses its
    /// token.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Late() =>
    [
        ("swallows", static async (_, token) =>
        {
            while (true)
            {
                try
                {
                    await Task.Delay(200, token.IsCancellationRequested ? CancellationToken.None : token);
                }
                catch (OperationCanceledException)
                {
                    // Somebody else's problem.
                }
            }
        }),
        ("late-result", static (_, _) => Task.Delay(2500)),
        Do("late-blocking", static _ => System.Threading.Thread.Sleep(2500)),
        ("late-fault", static async (_, _) =>
        {
            await Task.Delay(2500);
            throw new IOException("too late to matter");
        }),
    ];

    private sealed class BlockingAwaitable : INotifyCompletion
    {
        public bool IsCompleted => false;

        public BlockingAwaitable GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => Forever();
    }
}
