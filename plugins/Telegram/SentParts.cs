using System.Globalization;

namespace PluginGateway.Plugins.Telegram;

/// <summary>How far a message of several parts has come. It lies in the store, because the host repeats a message whole, also after a restart, and what has arrived must not arrive again.</summary>
internal sealed class SentParts(AdapterContext context, string key, int count)
{
    private readonly string _key = $"parts.{key}";
    private Receipt? _last;
    private bool _isNoted;

    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        if (count == 1 || await context.State.GetAsync(_key, cancellationToken) is not { } noted) return 0;
        _isNoted = true;
        var words = noted.Split(' ');
        if (words.Length != 2 || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var sent) || words[1].Length == 0) return 0;
        _last = new Receipt(words[1]);
        return sent;
    }

    public async Task NoteAsync(int sent, Receipt last, CancellationToken cancellationToken)
    {
        (_last, _isNoted) = (last, true);
        await context.State.SetAsync(_key, string.Create(CultureInfo.InvariantCulture, $"{sent} {last.MessageId}"), cancellationToken);
    }

    /// <summary>A later part did not get through: an earlier one has, and the rest is owed.</summary>
    public async Task<SendResult> EndEarlyAsync(SendResult end, CancellationToken cancellationToken)
    {
        if (end.Error!.Retry.Kind == SendRetryKind.Never) await ForgetAsync(cancellationToken);
        return end.Outcome == SendOutcome.Unknown || _last is not { } last ? end : SendResult.Partial(last with { DeliveredLength = 0 }, end.Error);
    }

    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (_isNoted) await context.State.SetAsync(_key, null, cancellationToken);
    }
}
