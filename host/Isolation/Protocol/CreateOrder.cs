namespace PluginGateway.Isolation.Protocol;

/// <summary>The first thing a worker is asked: which adapter it is for.</summary>
/// <param name="Version">Of the protocol.</param>
/// <param name="Build">Of the executable.</param>
/// <param name="Plugin">The plugin's name.</param>
/// <param name="AdapterType">The full name of its class.</param>
/// <param name="Folder">The verified private copy.</param>
/// <param name="ContentHash">Of that copy.</param>
/// <param name="Settings">The adapter's settings as JSON, secrets resolved.</param>
/// <param name="Sends">How many sends may be open at once.</param>
internal sealed record CreateOrder(
    int Version, string Build, string AdapterId, int Generation, string Plugin, string AdapterType, string Folder, string ContentHash,
    string Settings, string DataDirectory, int Sends, int MemoryMegabytes, int OpenFiles, int Niceness)
{
    /// <summary>A worker of another build may be another program.</summary>
    public static string ThisBuild { get; } = typeof(CreateOrder).Module.ModuleVersionId.ToString("N");

    public static void Write(FrameWriter to, CreateOrder order) => to
        .Int(order.Version).Text(order.Build).Text(order.AdapterId).Int(order.Generation).Text(order.Plugin).Text(order.AdapterType)
        .Text(order.Folder).Text(order.ContentHash).Utf8(order.Settings).Text(order.DataDirectory)
        .Int(order.Sends).Int(order.MemoryMegabytes).Int(order.OpenFiles).Int(order.Niceness);

    /// <exception cref="PluginException">The order is from another build: its further fields cannot be read.</exception>
    public static CreateOrder Read(ref FrameReader from)
    {
        var (version, build) = (from.Int(), from.Text());
        if (version != Frame.Version || build != ThisBuild)
            throw new PluginException(new PluginFault("another-build",
                "the gateway's executable on the disk is no longer the one that runs; restart the gateway, so that its workers are of the same build"));
        return new(
            version, build, from.Text(), from.Int(), from.Text(), from.Text(), from.Text(), from.Text(),
            System.Text.Encoding.UTF8.GetString(from.Bytes()), from.Text(), from.Int(), from.Int(), from.Int(), from.Int());
    }
}
