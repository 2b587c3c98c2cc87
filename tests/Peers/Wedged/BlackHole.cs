using System.Globalization;

namespace PluginGateway.PeerTests.Wedged;

/// <summary>Swallows what goes to a port of this machine, as a firewall or a dead router does: nobody is told, answers still come back. Undone with
/// the test.</summary>
internal sealed class BlackHole : IDisposable
{
    private static int _count;

    private readonly string _table =
        string.Create(CultureInfo.InvariantCulture, $"gateway_tests_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");
    private readonly string _nft = Installed.Program("nft");

    public BlackHole()
    {
        Nft($"delete table inet {_table}", canFail: true);
        if (!Nft($"add table inet {_table}; add chain inet {_table} in {{ type filter hook input priority 0; }}", canFail: true))
            Installed.Missing("nft may not change packet filters here: black holes need root or CAP_NET_ADMIN.");
    }

    /// <summary>Swallows what goes to a port: all of it, or every n-th packet.</summary>
    public void Swallow(int port, int oneIn = 1) =>
        Nft(string.Create(CultureInfo.InvariantCulture,
            $"add rule inet {_table} in iifname \"lo\" tcp dport {port} {(oneIn > 1 ? $"numgen inc mod {oneIn} 0 " : "")}drop"), canFail: false);

    public void Dispose() => Nft($"delete table inet {_table}", canFail: true);

    private bool Nft(string rules, bool canFail)
    {
        using var process = ChildProcess.Start(_nft, [rules], System.IO.Path.GetTempPath());
        var done = process.WaitForExit(Bound.Command) == 0;
        return done || canFail ? done : throw new InvalidOperationException($"nft '{rules}' failed: {process.Said}");
    }
}
