using System.Globalization;

namespace PluginGateway.Tests.Simulation;

/// <summary>What each message is and asks for, by its number: the same in every attempt and every life.</summary>
internal static class Script
{
    /// <summary>Returns the author of a message: two people write in each chat.</summary>
    public static string SenderOf(string eventId) => $"u{NumberOf(eventId) / 2 % 2}";

    public static bool IsStop(string eventId) => NumberOf(eventId) % 13 == 5;

    public static bool IsNew(string eventId) => NumberOf(eventId) % 29 == 11;

    public static bool IsControl(string eventId) => IsStop(eventId) || IsNew(eventId);

    /// <summary>Returns whether a message is a forward: the next one of its author belongs to it.</summary>
    public static bool ShowsMore(string eventId) => NumberOf(eventId) % 5 == 2 && !IsControl(eventId);

    /// <summary>Returns the number of replies that a turn with this last message gets.</summary>
    public static int RepliesTo(string eventId) => NumberOf(eventId) % 3;

    /// <summary>Returns whether the turn ends with an edit of its first reply, the deletion of its last, or a reaction.</summary>
    public static bool Acts(string eventId) => ActionOf(eventId) == 1 || (ActionOf(eventId) > 1 && RepliesTo(eventId) > 0);

    /// <summary>Returns the number of that action: 1 a reaction, 2 an edit, 3 a deletion.</summary>
    public static int ActionOf(string eventId) => NumberOf(eventId) % 4;

    public static bool IsPoison(string eventId) => NumberOf(eventId) % 11 == 7;

    public static string Reply(string eventId, int ordinal) => $"{eventId}#{ordinal}:".PadRight(10 + (ordinal * 25), 'x');

    public static InboundMessage MessageOf(string eventId, int chat, Dictionary<string, string> state) => new(
        eventId, new Chat($"{chat}", ChatKind.Group), new Sender(SenderOf(eventId)), IsStop(eventId) ? "/stop" : IsNew(eventId) ? "/new" : eventId)
    {
        ForwardedFrom = ShowsMore(eventId) ? new ForwardOrigin("somebody") : null,
        State = state,
    };

    private static int NumberOf(string eventId) => int.Parse(eventId.Split('.')[^1], CultureInfo.InvariantCulture);
}
