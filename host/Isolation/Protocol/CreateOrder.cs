using PluginGateway.Loading;

namespace PluginGateway.Isolation.Protocol;

/// <summary>First request to a worker: the plugin of which it creates an instance.</summary>
/// <param name="Version">Version of the protocol.</param>
/// <param name="Build">Build of the executable.</param>
/// <param name="Kind">Kind of the instance.</param>
/// <param name="Id">Id of the adapter or handler.</param>
/// <param name="Generation">Number of the instance.</param>
/// <param name="Plugin">Name of the plugin's DLL, without its extension.</param>
/// <param name="TypeName">Full name of the class.</param>
/// <param name="Folder">Verified private copy.</param>
/// <param name="ContentHash">Hash of that copy.</param>
/// <param name="Settings">Settings as JSON, secrets resolved.</param>
/// <param name="DataDirectory">Folder of the instance's own files.</param>
/// <param name="Slots">Largest number of sends or turns that are open at once.</param>
/// <param name="MemoryMegabytes">Limit of the managed heap.</param>
/// <param name="OpenFiles">Limit of descriptors.</param>
/// <param name="Niceness">Niceness of the process.</param>
/// <param name="MaxFileBytes">Largest size of a file of a reply.</param>
internal sealed record CreateOrder(
    int Version, string Build, PluginKind Kind, string Id, int Generation, string Plugin, string TypeName, string Folder, string ContentHash,
    string Settings, string DataDirectory, int Slots, int MemoryMegabytes, int OpenFiles, int Niceness, long MaxFileBytes)
{
    /// <summary>A worker of another build may be another program.</summary>
    public static string ThisBuild { get; } = typeof(CreateOrder).Module.ModuleVersionId.ToString("N");

    public static void Write(FrameWriter to, CreateOrder order) => to
        .Int(order.Version).Text(order.Build).Name(order.Kind).Text(order.Id).Int(order.Generation).Text(order.Plugin).Text(order.TypeName)
        .Text(order.Folder).Text(order.ContentHash).Utf8(order.Settings).Text(order.DataDirectory)
        .Int(order.Slots).Int(order.MemoryMegabytes).Int(order.OpenFiles).Int(order.Niceness).Long(order.MaxFileBytes);

    /// <exception cref="PluginException">The order is from another build: its further fields cannot be read.</exception>
    public static CreateOrder Read(ref FrameReader from)
    {
        var (version, build) = (from.Int(), from.Text());
        if (version != Frame.Version || build != ThisBuild)
            throw new PluginException(new PluginFault("another-build",
                "the gateway's executable on the disk is no longer the one that runs; restart the gateway, so that its workers are of the same build"));
        return new(
            version, build, from.Name<PluginKind>(), from.Text(), from.Int(), from.Text(), from.Text(), from.Text(), from.Text(),
            System.Text.Encoding.UTF8.GetString(from.Bytes()), from.Text(), from.Int(), from.Int(), from.Int(), from.Int(), from.Long());
    }
}
