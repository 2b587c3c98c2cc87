using System.Diagnostics;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>How long things may take on a busy machine, and the clock that says so. Every wait of these tests has one of these bounds, so every test
/// ends.</summary>
internal static class Bound
{
    /// <summary>From start to ready, from a signal to the end: far above what is usual, below what anybody would call a hang.</summary>
    public static readonly TimeSpan Start = TimeSpan.FromSeconds(120);

    /// <summary>The default stop budget plus the grace of the last resort.</summary>
    public static readonly TimeSpan Stop = TimeSpan.FromSeconds(20 + 5);

    /// <summary>A command that only asks or checks.</summary>
    public static readonly TimeSpan Command = TimeSpan.FromSeconds(120);

    /// <summary>Until everything that was posted has been answered.</summary>
    public static readonly TimeSpan Replies = TimeSpan.FromSeconds(120);

    /// <summary>Waits for a condition on the calling thread, by its own clock; <paramref name="pause"/> is the time between two looks, in
    /// milliseconds.</summary>
    public static void Until(Func<bool> condition, TimeSpan bound, Func<string> otherwise, int pause = 20)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > bound) throw new TimeoutException($"Not within {bound.TotalSeconds:0} s: {otherwise()}");
            Thread.Sleep(pause);
        }
    }
}
