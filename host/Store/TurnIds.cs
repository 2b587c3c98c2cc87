using System.Globalization;

namespace PluginGateway.Store;

/// <summary>Ids of turns, with which the keys of their replies begin.</summary>
internal static class TurnIds
{
    /// <summary>Character between the number of a turn and that of the message which has superseded an earlier turn of that number.</summary>
    public const char Separator = '-';

    /// <summary>Returns the id of a turn.</summary>
    /// <param name="databaseId">Id of the store.</param>
    /// <param name="turn">First message of the turn.</param>
    /// <param name="supersededBy">Message that has superseded an earlier turn with this first message; null: none has.</param>
    public static string Of(string databaseId, long turn, string? supersededBy) => supersededBy is null
        ? string.Create(CultureInfo.InvariantCulture, $"{databaseId}.{turn}")
        : string.Create(CultureInfo.InvariantCulture, $"{databaseId}.{turn}{Separator}{supersededBy}");
}
