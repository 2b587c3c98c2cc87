using System.Globalization;

namespace PluginGateway.PeerTests.Wedged;

/// <summary>A server in a process of its own that goes wrong in one way at one moment.</summary>
internal sealed class WedgedPeer : IDisposable
{
    private readonly ChildProcess _process;

    private WedgedPeer(ChildProcess process, string moment)
    {
        (_process, Moment) = (process, moment);
        Bound.Until(() => Tells("listening ") is not null, Bound.Command, () => $"the peer does not listen: {process.Said}");
        Port = int.Parse(Tells("listening ")!, CultureInfo.InvariantCulture);
    }

    public int Port { get; }

    public string Moment { get; }

    public string Said => _process.Said;

    /// <summary>True: a client has been served.</summary>
    public bool IsReady => Tells("ready") is not null;

    public static WedgedPeer Start(string protocol, string fault, string moment) =>
        new(ChildProcess.Start(Installed.Program("node"), ["wedge.mjs", protocol, fault, moment], Installed.NodeFolder, keepsInput: true), moment);

    /// <summary>Speaks to the client; at the moment of a send it goes wrong before it can be answered.</summary>
    public void Say(string text) => _process.Tell($"say {text}");

    /// <summary>Goes wrong while nothing is going on.</summary>
    public void GoWrong() => _process.Tell("now");

    public void Dispose() => _process.Dispose();

    private string? Tells(string start) =>
        _process.StandardOutput.FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..];
}
