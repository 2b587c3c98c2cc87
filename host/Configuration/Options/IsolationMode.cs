namespace PluginGateway.Configuration.Options;

/// <summary>Where an adapter's code runs.</summary>
internal enum IsolationMode
{
    /// <summary>In the gateway's own process, behind the guard.</summary>
    InProcess,

    /// <summary>In a process of its own, behind the guard, which ends that process when the guard gives up.</summary>
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
