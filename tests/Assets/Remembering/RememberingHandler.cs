using PluginGateway;
using Remembering;

[assembly: MessageHandler("remembering", typeof(RememberingHandler))]

namespace Remembering;

/// <summary>Answers differently each time it is asked, and keeps its last answer in the memory of the session. The first word of a message says how a
/// turn ends.</summary>
public sealed class RememberingHandler : IMessageHandler
{
    private const string Last = "last";

    public RememberingHandler(HandlerContext context) => ArgumentNullException.ThrowIfNull(context);

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return turn.Text.Split(' ')[0] switch
        {
            "finish" => FinishAsync(turn, cancellationToken),
            "hang" => FinishAndHangAsync(turn, cancellationToken),
            "earlier" => LookAsync(turn, cancellationToken),
            "note" => NoteAsync(turn, cancellationToken),
            "fail" => FailAsync(turn, cancellationToken),
            "fill" => FillAsync(turn, cancellationToken),
            "limits" => TryLimitsAsync(turn, cancellationToken),
            _ => RecallAsync(turn, cancellationToken),
        };
    }

    private static string NewAnswer() => Guid.NewGuid().ToString("N");

    private static async Task RecallAsync(Turn turn, CancellationToken cancellationToken) =>
        await turn.ReplyAsync(await turn.State.GetAsync(Last, cancellationToken) ?? "nothing", cancellationToken);

    /// <summary>Ends with the answer and the memory of it.</summary>
    private static async Task FinishAsync(Turn turn, CancellationToken cancellationToken)
    {
        var answer = NewAnswer();
        turn.State.Set(Last, answer);
        await turn.FinishAsync(new Reply(answer), cancellationToken);
    }

    /// <summary>Ends, tries to say more, and never returns by itself.</summary>
    private static async Task FinishAndHangAsync(Turn turn, CancellationToken cancellationToken)
    {
        await FinishAsync(turn, cancellationToken);
        try
        {
            await turn.ReplyAsync("behind the end", cancellationToken);
        }
        catch (InvalidOperationException)
        {
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }
    }

    /// <summary>Answers, and hangs before the end in a first attempt; another attempt keeps what was answered.</summary>
    private static async Task LookAsync(Turn turn, CancellationToken cancellationToken)
    {
        var answer = turn.Earlier is [{ Kind: EarlierKind.Message } first, ..] ? first.Text : NewAnswer();
        turn.State.Set(Last, answer);
        await turn.ReplyAsync(answer, cancellationToken);
        if (turn.Attempt == 1) await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <summary>Notes a call before it is made, and hangs in a first attempt; another attempt keeps the note.</summary>
    private static async Task NoteAsync(Turn turn, CancellationToken cancellationToken)
    {
        if (turn.Notes.TryGetValue("tool", out var noted))
        {
            turn.State.Set(Last, noted);
            return;
        }

        await turn.NoteAsync("tool", "called", cancellationToken);
        await turn.ReplyAsync("noted", cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <summary>Changes the memory and fails in every attempt.</summary>
    private static async Task FailAsync(Turn turn, CancellationToken cancellationToken)
    {
        turn.State.Set(Last, "failed");
        await turn.ReplyAsync("failing", cancellationToken);
        throw new InvalidOperationException("It fails.");
    }

    /// <summary>Keeps as many kilobytes as the message says.</summary>
    private static async Task FillAsync(Turn turn, CancellationToken cancellationToken)
    {
        var kilobytes = int.Parse(turn.Text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            for (var i = 0; i < kilobytes; i += 60) turn.State.Set($"k{i}", new string('x', Math.Min(60, kilobytes - i) * 1024));
            await turn.FinishAsync(new Reply("kept"), cancellationToken);
        }
        catch (InvalidOperationException refused)
        {
            await turn.FinishAsync(new Reply(refused.Message), cancellationToken);
        }
    }

    private static async Task TryLimitsAsync(Turn turn, CancellationToken cancellationToken)
    {
        var refused = new List<string>();
        Try(() => turn.State.Set("value", new string('x', 65_537)));
        Try(() => turn.State.Set(new string('k', 129), "x"));
        for (var i = 0; i < 4; i++) turn.State.Set($"k{i}", new string('x', 65_000));
        Try(() => turn.State.Set("k4", new string('x', 65_536)));
        for (var i = 0; i < 4; i++) turn.State.Remove($"k{i}");
        try
        {
            await turn.NoteAsync("note", new string('x', 65_536), cancellationToken);
        }
        catch (ArgumentException)
        {
            refused.Add("note");
        }

        await turn.FinishAsync(new Reply(string.Join(',', refused)), cancellationToken);

        void Try(Action change)
        {
            try
            {
                change();
            }
            catch (Exception problem) when (problem is ArgumentException or InvalidOperationException)
            {
                refused.Add(problem.GetType().Name);
            }
        }
    }
}
