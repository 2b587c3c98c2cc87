using System.Globalization;

namespace PluginGateway.PeerTests.Servers;

/// <summary>A real process between the gateway and a server: it can be killed, stopped and cut off while the server keeps its memory.</summary>
internal sealed class Relay : IDisposable
{
    private readonly int _target;
    private ChildProcess _process;

    public Relay(int target)
    {
        _target = target;
        Port = FreePort.Next();
        _process = Start();
    }

    public int Port { get; }

    public void Send(Signal signal) => _process.Send(signal);

    /// <summary>Resets every connection; new ones are taken.</summary>
    public void Reset() => _process.Tell("reset");

    public void Kill()
    {
        _process.Send(Signal.Kill);
        _process.WaitForExit(Bound.Command);
    }

    /// <summary>On the same port.</summary>
    public void StartAgain()
    {
        _process.Dispose();
        _process = Start();
    }

    public void Dispose() => _process.Dispose();

    private ChildProcess Start()
    {
        string[] arguments = ["relay.mjs", _target.ToString(CultureInfo.InvariantCulture), Port.ToString(CultureInfo.InvariantCulture)];
        var process = ChildProcess.Start(Installed.Program("node"), arguments, Installed.NodeFolder, keepsInput: true);
        try
        {
            Bound.Until(() => process.StandardOutput.Any(static line => line.StartsWith("listening ", StringComparison.Ordinal)), Bound.Command,
                () => $"the relay does not listen: {process.Said}");
        }
        catch
        {
            process.Dispose();
            throw;
        }

        return process;
    }
}
