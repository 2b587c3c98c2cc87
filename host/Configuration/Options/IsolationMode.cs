namespace PluginGateway.Configuration.Options;

/// <summary>Process in which the code of an adapter or handler runs.</summary>
internal enum IsolationMode
{
    /// <summary>The gateway's own process, behind the guard.</summary>
    InProcess,

    /// <summary>A worker, behind the guard, which ends the worker when the guard gives up.</summary>
    Process,
}

/// <summary>Reads the <c>isolation</c> key.</summary>
internal static class IsolationKey
{
    private static readonly Dictionary<string, IsolationMode> Choices = new()
    {
        ["inProcess"] = IsolationMode.InProcess,
        ["process"] = IsolationMode.Process,
    };

    public static IsolationMode Read(ObjectReader reader, IsolationMode otherwise) => reader.Choice("isolation", otherwise, Choices);
}
