using System.Net.Sockets;

namespace PluginGateway.Plugins.Shared;

/// <summary>Network stream that acknowledges received data at once. Linux delays acknowledgements by 40 ms where data goes both ways, and a server
/// that collects small packets (Nagle) sends no more until it has one.</summary>
internal sealed class PromptStream(Socket socket, bool ownsSocket) : NetworkStream(socket, ownsSocket)
{
    private const int Tcp = 6;
    private const int QuickAck = 12;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        Acknowledge();
        return read;
    }

    public override int Read(Span<byte> buffer)
    {
        var read = base.Read(buffer);
        Acknowledge();
        return read;
    }

    /// <summary>Sets the option after every read: the kernel clears it with the next packet that is sent.</summary>
    private void Acknowledge()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            Socket.SetRawSocketOption(Tcp, QuickAck, [1, 0, 0, 0]);
        }
        catch (Exception failed) when (failed is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile, or no TCP: the next read fails.
        }
    }
}
