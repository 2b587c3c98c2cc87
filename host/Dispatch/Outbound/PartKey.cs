namespace PluginGateway.Dispatch.Outbound;

/// <summary>Idempotency keys of the parts of a message or of a deletion: each part has its own, because the platform may know that of an earlier
/// one.</summary>
internal static class PartKey
{
    /// <summary>Returns the key of a part.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="start">Length of the parts before it.</param>
    public static string Of(string key, int start) => start == 0 ? key : $"{key}.r{start}";
}
