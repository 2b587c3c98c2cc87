using PluginGateway.Guard.Calls;
using PluginGateway.Store;

namespace PluginGateway.Hosting;

/// <summary>Account of the last connection of an adapter id, kept in the adapter's state: a restart with the credential of another bot is noticed
/// too.</summary>
internal static class KnownAccount
{
    /// <summary>Key in the adapter's state; the value is the id and, on a second line, the name.</summary>
    public const string Key = "gateway.account";

    private const int MostOfId = 500;

    /// <summary>Reads the account of the connection before, and keeps that of this connection. Returns at once. Where the store cannot be read or
    /// written, the accounts of two processes are not compared.</summary>
    /// <param name="store">The store.</param>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="connection">The connection; without an account id nothing is read or kept.</param>
    /// <param name="recalled">Called with the account of the connection before, if it is another one, on the store's thread: must only post.</param>
    public static void Recall(MessageStore store, string adapterId, ConnectionInfo connection, Action<ConnectionInfo> recalled)
    {
        if (connection.AccountId is not { } id) return;
        var current = $"{id}\n{connection.AccountName}";
        store.GetState(adapterId, Key, read =>
        {
            if (!read.IsDurable || read.Value == current) return;
            if (read.Value is { } kept) recalled(Parse(kept));
            store.SetState(adapterId, Key, current, static _ => { });
        });
    }

    /// <summary>Reads a kept account. The plugin can write this key too, so its text is not trusted.</summary>
    private static ConnectionInfo Parse(string kept)
    {
        var lines = kept.Split('\n', 2);
        return lines[0].Length is > 0 and <= MostOfId && !lines[0].Any(char.IsControl)
            ? ConnectCall.Bounded(new ConnectionInfo { AccountId = lines[0], AccountName = lines.ElementAtOrDefault(1) })
            : ConnectionInfo.Empty;
    }
}
