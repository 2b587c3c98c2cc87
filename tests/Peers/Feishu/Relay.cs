using System.Globalization;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>A real process between the gateway and the platform: it can be killed, stopped and cut off while the platform keeps its memory.</summary>
internal sealed class Relay : IDisposable
{
    private readonly int _target;
    private ChildProcess _process;

    public Relay(int target)
    {
        _target = target;
        _process = Start(0);
        Port = Listening();
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
        _process = Start(Port);
        Listening();
    }

    public void Dispose() => _process.Dispose();

    private ChildProcess Start(int port) =>
        ChildProcess.Start(Installed.Program("node"), ["relay.mjs", _target.ToString(CultureInfo.InvariantCulture), port.ToString(CultureInfo.InvariantCulture)], Installed.NodeFolder, keepsInput: true);

    private int Listening()
    {
        string? Line() => _process.StandardOutput.FirstOrDefault(static line => line.StartsWith("listening ", StringComparison.Ordinal));
        Bound.Until(() => Line() is not null, Bound.Command, () => $"the relay does not listen: {_process.Said}");
        return int.Parse(Line()!["listening ".Length..], CultureInfo.InvariantCulture);
    }
}
