using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>Ports of this machine that nobody listens on.</summary>
internal static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = [];

    /// <summary>A port that stays free while no gateway listens on it: none that the kernel gives to a client, least of all to one that is looking
    /// for this gateway. None is given twice, so tests that run side by side do not meet on one.</summary>
    public static int Next()
    {
        while (true)
        {
            try
            {
                var port = Random.Shared.Next(20_000, 32_000);
                if (!Given.TryAdd(port, true)) continue;
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
