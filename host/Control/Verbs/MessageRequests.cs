using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Serialization;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Control.Verbs;

/// <summary>The arguments of both verbs, which the command line has checked already.</summary>
internal static class MessageRequests
{
    private const int DefaultLimit = 50, HighestLimit = 10_000, MostShown = 20;

    /// <summary>A century.</summary>
    private const double LongestAge = 3_155_760_000;

    public static T? Action<T>(ControlRequest request, out string refusal)
        where T : struct, Enum
    {
        var names = Enum.GetValues<T>().ToDictionary(static action => Name(action), StringComparer.Ordinal);
        refusal = $"'{request["action"]}' is no action; there are: {string.Join(", ", names.Keys)}.";
        return names.TryGetValue(request["action"] ?? "", out var action) ? action : null;
    }

    public static string Name<T>(T action)
        where T : struct, Enum => action is OutboxAction.MarkSent ? "mark-sent" : action.ToString().ToLowerInvariant();

    public static long Id(ControlRequest request) => Ids(request) is [var id, ..] ? id : 0;

    public static IReadOnlyList<long> Ids(ControlRequest request) =>
        [.. (request["ids"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(static id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Take(MessageAdmin.MostAtOnce)];

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static bool MeansAll(ControlRequest request) => request["all"] is not null;

    /// <summary>Reads the filter for parked messages. "until" takes precedence over an age: all portions of one command keep the moment of the
    /// first.</summary>
    public static ParkedFilter Parked(ControlRequest request, DateTimeOffset now)
    {
        var older = double.TryParse(request["olderSeconds"], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, LongestAge)) : TimeSpan.Zero;
        return new(request["adapter"], Time(request["until"]) ?? now - older)
        {
            Chat = request["chat"] is { } chat ? (ConversationKey.Escape(chat), chat) : null,
            After = Mark(request["after"]),
        };
    }

    public static string Text(ParkedMark mark) => string.Create(CultureInfo.InvariantCulture, $"{mark.EndedUtc}:{mark.Id}");

    private static ParkedMark? Mark(string? text) =>
        text?.Split(':') is [var ended, var id]
            && long.TryParse(ended, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time)
            && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var row)
            ? new(time, row)
            : null;

    public static OutboxQuery OutboxQuery(ControlRequest request) => new(
        request["state"] switch
        {
            "pending" => [OutboxState.Pending, OutboxState.Sending],
            "parked" => [OutboxState.Parked],
            "rejected" => [OutboxState.Rejected],
            "delivered" => [OutboxState.Delivered],
            "withdrawn" => [OutboxState.Withdrawn],
            "bounced" => [OutboxState.Bounced],
            _ => [OutboxState.Pending, OutboxState.Sending, OutboxState.Parked, OutboxState.Rejected, OutboxState.Bounced],
        },
        request["adapter"], Limit(request));

    public static InboxQuery InboxQuery(ControlRequest request) => new(
        request["state"] switch
        {
            "pending" => [InboxState.Pending, InboxState.Running],
            "parked" => [InboxState.Parked],
            "handled" => [InboxState.Handled],
            "dropped" => [InboxState.Dropped],
            _ => [InboxState.Pending, InboxState.Running, InboxState.Parked],
        },
        request["adapter"], Limit(request));

    public static ControlReply Reply<T>(AdminResult<T> adminResult, JsonTypeInfo<T> type)
        where T : class => adminResult.Answer is { } answer
            ? ControlReply.Done(JsonText.Line(answer, type)) : ControlReply.Refused(adminResult.Refusal!);

    /// <summary>Returns the answer to a change. A client that waits gets the number of a change that the store has not answered yet.</summary>
    public static ControlReply Changed(ControlRequest request, AdminResult<MessageChanges> adminResult, DateTimeOffset now, ILogger log)
    {
        if (adminResult.Answer is { Done: { Count: > 0 } done })
            log.MessagesChanged(request.Verb, request["action"] ?? "", done.Count, Shown(done));
        return adminResult.Pending is { } number && request["waits"] is not null
            ? Reply(
                new AdminResult<MessageChanges>(new MessageChanges([], [], true, now) { Pending = number }, null), MessageJson.Default.MessageChanges)
            : Reply(adminResult, MessageJson.Default.MessageChanges);
    }

    private static string Shown(IReadOnlyList<long> ids) =>
        string.Join(", ", ids.Take(MostShown)) + (ids.Count > MostShown ? $" and {ids.Count - MostShown} more" : "");

    /// <summary>Reads the number of a change.</summary>
    public static long Number(ControlRequest request) =>
        long.TryParse(request["number"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static int Limit(ControlRequest request) =>
        int.TryParse(request["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? Math.Clamp(limit, 1, HighestLimit) : DefaultLimit;
}
