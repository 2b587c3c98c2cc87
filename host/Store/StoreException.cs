using Microsoft.Data.Sqlite;

namespace PluginGateway.Store;

/// <summary>The database cannot be opened: a stable code, and a sentence with the remedy.</summary>
internal sealed class StoreException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The code: a constant of <see cref="StoreCode"/>.</summary>
    public string Code { get; } = code;
}

/// <summary>Failure of a command of the store. Nothing of the command was written.</summary>
internal sealed record StoreFailure(string Code, string Message)
{
    public static StoreFailure ReplyLost { get; } = new(StoreCode.ReplyLost, "A reply of the turn could not be stored.");

    public static StoreFailure Closed { get; } = new(StoreCode.Closed, "The store is closed.");

    /// <summary>Creates a failure from SQLite's result codes.</summary>
    public static StoreFailure Of(int code, int extendedCode, string message) =>
        new(StoreCode.Of(code & 0xff), $"SQLite Error {code & 0xff}: '{message}'. ({extendedCode})");

    public static StoreFailure From(Exception exception) => exception switch
    {
        SqliteException e => new(StoreCode.Of(e), $"{e.Message} ({e.SqliteExtendedErrorCode})"),
        StoreException e => new(e.Code, e.Message),
        _ => new(StoreCode.Internal, $"{exception.GetType().FullName}: {exception.Message}"),
    };
}

/// <summary>The stable codes of the store.</summary>
internal static class StoreCode
{
    public const string Newer = "store-newer";
    public const string Foreign = "store-foreign";
    public const string Corrupt = "store-corrupt";
    public const string Busy = "store-busy";
    public const string Full = "store-full";
    public const string Io = "store-io";
    public const string Closed = "store-closed";
    public const string ReplyLost = "store-reply-lost";
    public const string Replaced = "store-replaced";
    public const string Internal = "store-internal";

    private const int SqliteBusy =
        5, SqliteLocked = 6, SqliteReadOnly = 8, SqliteIo = 10, SqliteCorrupt = 11, SqliteFull = 13, SqliteCannotOpen = 14, SqliteNotADatabase = 26;

    public static string Of(SqliteException exception) => Of(exception.SqliteErrorCode);

    /// <summary>Returns the code for a primary result code of SQLite.</summary>
    public static string Of(int code) => code switch
    {
        SqliteBusy or SqliteLocked => Busy,
        SqliteFull => Full,
        SqliteIo or SqliteCannotOpen or SqliteReadOnly => Io,
        SqliteCorrupt or SqliteNotADatabase => Corrupt,
        _ => Internal,
    };
}
