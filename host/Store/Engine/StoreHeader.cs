using System.Buffers.Binary;
using PluginGateway.Posix;

namespace PluginGateway.Store.Engine;

/// <summary>Header of a database file, read without opening the file as a database: nothing is locked, made or changed.</summary>
internal static class StoreHeader
{
    private const int Length = 100, VersionAt = 60, ApplicationAt = 68;

    private static readonly byte[] Magic = [.. "SQLite format 3\0"u8];

    /// <summary>Returns the reason for which the store would not be opened; null when none is seen, or there is no file.</summary>
    public static StoreException? Fault(string path)
    {
        if (!Path.Exists(path)) return null;
        try
        {
            using var file = RegularFile.OpenRead(path);
            Span<byte> header = stackalloc byte[Length];
            var length = file.ReadAtLeast(header, Length, throwOnEndOfStream: false);
            if (length < Length || !header.StartsWith(Magic))
            {
                return new StoreException(StoreCode.Corrupt,
                    $"'{path}' is damaged or no database ({(length == 0 ? "it is empty, 0 bytes" : "it does not begin like one")}). Put back a backup, or run `plugin-gateway recover --data '{Path.GetDirectoryName(path)}'`.");
            }

            Database.RequireOurs(BinaryPrimitives.ReadUInt32BigEndian(header[ApplicationAt..]),
                BinaryPrimitives.ReadUInt32BigEndian(header[VersionAt..]), path, Migrations.Embedded.Current);
            return null;
        }
        catch (StoreException fault)
        {
            return fault;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new StoreException(StoreCode.Io, $"{fault.Message} Its folder must be on a local disk and belong to this user.");
        }
    }
}
