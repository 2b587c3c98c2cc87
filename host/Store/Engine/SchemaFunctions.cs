using Microsoft.Data.Sqlite;

namespace PluginGateway.Store.Engine;

/// <summary>SQL functions that the schema's scripts use.</summary>
internal static class SchemaFunctions
{
    /// <summary>Registers <c>event_key(event_id)</c>, <c>named_inbound(payload)</c> and <c>named_outbound(payload)</c>.</summary>
    public static void Register(SqliteConnection connection)
    {
        connection.CreateFunction("event_key", static (string eventId) => EventKey.Of(eventId), isDeterministic: true);
        connection.CreateFunction("named_inbound", static (byte[] payload) => PayloadUpgrade.Inbound(payload), isDeterministic: true);
        connection.CreateFunction("named_outbound", static (byte[] payload) => PayloadUpgrade.Outbound(payload), isDeterministic: true);
    }
}
