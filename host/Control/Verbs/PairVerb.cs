using PluginGateway.Access;
using PluginGateway.Configuration;
using PluginGateway.Serialization;
using PluginGateway.Threads;
using PluginGateway.Units;

namespace PluginGateway.Control.Verbs;

/// <summary>Actions of <c>pair</c>.</summary>
internal enum PairAction
{
    List,
    Approve,
    Revoke,
}

/// <summary><c>pair</c>: users and groups that the operator has let in, and those that ask. Waits only for the store, and for a bounded time. No
/// answer contains a code.</summary>
internal sealed class PairVerb(PairingRequests requests, TimeSpan patience, Func<IEnumerable<string>>? adapters = null, ILogger? log = null)
    : IControlVerb
{
    /// <summary>Creates the verb in a running gateway.</summary>
    public PairVerb(PairingRequests requests, CurrentConfiguration running, ILogger<PairVerb> log)
        : this(requests, MessageAdmin.Moment, () => running.Value.Adapters.Select(static adapter => adapter.Id), log)
    {
    }

    public string Name => "pair";

    public ControlReply Execute(ControlRequest request) => MessageRequests.Action<PairAction>(request, out var refusal) switch
    {
        PairAction.List => ControlReply.Done(JsonText.Line(
            [.. requests.List().Where(pairing => request["adapter"] is not { } only || pairing.AdapterId == only).Select(Line)],
            VerbsJson.Default.PairingLineArray)),
        PairAction.Approve when request["user"] is not null || request["chat"] is not null => About(request, approves: true),
        PairAction.Approve => PairingCode.Read(request["code"] ?? "") is { } code
            ? Wait(done => requests.Approve(code, done), approves: true,
                "No request has this code, or none any more: a code is good for an hour, and for one approval. See: plugin-gateway pair list")
            : ControlReply.Refused($"That is no code: a code has {PairingCode.Length} letters and digits. See: plugin-gateway pair list"),
        PairAction.Revoke when request["user"] is not null || request["chat"] is not null => About(request, approves: false),
        PairAction.Revoke => ControlReply.Refused("Say whose pairing: ADAPTER:USER, as 'plugin-gateway pair list' shows them."),
        _ => ControlReply.Refused(refusal),
    };

    /// <summary>Approves or revokes a user or a group by its id. Without an adapter, the one whose pairings have the id.</summary>
    private ControlReply About(ControlRequest request, bool approves)
    {
        var subject = request["chat"] is { } chat ? new PairingSubject(chat, true) : new PairingSubject(request["user"]!, false);
        if (Rules.PlatformId(subject.Id) is { } fault) return ControlReply.Refused($"'{subject.Id}' {fault}");
        var what = subject.IsChat ? "group" : "user";
        if (request["adapter"] is not { } adapterId)
        {
            string[] known = [
                .. requests.List().Where(pairing => (subject.IsChat ? pairing.ChatId : pairing.ChatId is null ? pairing.UserId : null) == subject.Id)
                    .Select(static pairing => pairing.AdapterId).Distinct()];
            if (known is not [var only]) return ControlReply.Refused($"Say of which adapter, as ADAPTER:ID: {(known.Length == 0 ? $"no {what} '{subject.Id}' is paired or has asked to be" : $"'{subject.Id}' is known to {string.Join(" and ", known)}")}. See: plugin-gateway pair list");
            adapterId = only;
        }

        if (!approves)
            return Wait(done => requests.Revoke(adapterId, subject, done), approves: false,
                $"'{subject.Id}' is not paired with adapter '{adapterId}' and has not asked to be. See: plugin-gateway pair list");
        string[] ids = [.. adapters?.Invoke() ?? [adapterId]];
        return ids.Contains(adapterId)
            ? Wait(done => requests.Approve(adapterId, subject, done), approves: true, "Nothing was changed.")
            : ControlReply.Refused($"No adapter is called '{adapterId}'. There are: {string.Join(", ", ids)}");
    }

    private ControlReply Wait(Action<Action<PairingResult>> ask, bool approves, string nothing)
    {
        if (!Rendezvous<PairingResult>.TryAsk(ask, patience, out var result))
        {
            return ControlReply.Refused($"The store has not answered within {patience.TotalSeconds:0.#} s. "
                + "The change is queued and may still be made: look with 'plugin-gateway pair list'.");
        }

        if (result.Failure is { } failure) return ControlReply.Refused($"The store cannot write: {failure} Nothing was changed.");
        if (result.Pairing is { } changed) Say(changed, approves);
        return result.Pairing is { } pairing
            ? ControlReply.Done(JsonText.Line(Line(pairing), VerbsJson.Default.PairingLine))
            : ControlReply.Refused(nothing);
    }

    /// <summary>Logs a change of access, in one line, for every client.</summary>
    private void Say(Pairing pairing, bool approves)
    {
        var (what, id) = pairing.ChatId is { } chat ? ("group", chat) : ("user", pairing.UserId);
        if (approves) log?.PairingApproved(pairing.AdapterId, what, id);
        else log?.PairingRevoked(pairing.AdapterId, what, id);
    }

    private static PairingLine Line(Pairing pairing) => new(
        pairing.AdapterId, pairing.ChatId is null ? pairing.UserId : null, pairing.Name, pairing.ExpiresUtc is null ? "paired" : "requested",
        pairing.SinceUtc, pairing.ExpiresUtc)
    { Chat = pairing.ChatId };
}
