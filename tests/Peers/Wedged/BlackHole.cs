using System.Globalization;

namespace PluginGateway.PeerTests.Wedged;

/// <summary>Swallows what goes to a port of this machine, as a firewall or a dead router does: nobody is told, answers still come back. Undone with
/// the test.</summary>
internal sealed class BlackHole : IDisposable
{
    private const string Prefix = "gateway_tests_";
    private static readonly Lazy<bool> LeftoversAreGone = new(RemoveLeftovers);
    private static int _count;

    private readonly string _table = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");

    public BlackHole()
    {
        Assert.True(LeftoversAreGone.Value);
        Nft($"delete table inet {_table}", canFail: true);
        if (!Nft($"add table inet {_table}; add chain inet {_table} in {{ type filter hook input priority 0; }}", canFail: true))
            Installed.Missing("nft may not change packet filters here: black holes need root or CAP_NET_ADMIN.");
    }

    /// <summary>Swallows what goes to a port: all of it, or every n-th packet.</summary>
    public void Swallow(int port, int oneIn = 1) =>
        Nft(string.Create(CultureInfo.InvariantCulture,
            $"add rule inet {_table} in iifname \"lo\" tcp dport {port} {(oneIn > 1 ? $"numgen inc mod {oneIn} 0 " : "")}drop"), canFail: false);

    public void Dispose() => Nft($"delete table inet {_table}", canFail: true);

    /// <summary>Removes the tables of test processes that were killed: their ports would swallow connections of any program for ever.</summary>
    private static bool RemoveLeftovers()
    {
        using var list = ChildProcess.Start(Installed.Program("nft"), ["list tables"], System.IO.Path.GetTempPath());
        if (list.WaitForExit(Bound.Command) != 0) return true;
        foreach (var table in list.StandardOutput.Select(static line => line.Split(' ')[^1]))
        {
            if (table.StartsWith(Prefix, StringComparison.Ordinal) && !Directory.Exists($"/proc/{table[Prefix.Length..].Split('_')[0]}"))
                Nft($"delete table inet {table}", canFail: true);
        }

        return true;
    }

    private static bool Nft(string rules, bool canFail)
    {
        using var process = ChildProcess.Start(Installed.Program("nft"), [rules], System.IO.Path.GetTempPath());
        var done = process.WaitForExit(Bound.Command) == 0;
        return done || canFail ? done : throw new InvalidOperationException($"nft '{rules}' failed: {process.Said}");
    }
}
