using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace PluginGateway.MatrixTests;

/// <summary>Asks for the status without the command, which is a process of its own and has to compete for the processors: what is measured is the gateway's answer alone.</summary>
internal static class ControlSocket
{
    /// <summary>Null when there is no answer in time.</summary>
    public static JsonElement? Status(string data, TimeSpan bound)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = (int)bound.TotalMilliseconds, ReceiveTimeout = (int)bound.TotalMilliseconds };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(data, "control.sock")));
            socket.Send(Encoding.UTF8.GetBytes($$"""{{File.ReadAllText(Path.Combine(data, "control.key"))}} {"verb":"status"}""" + "\n"));
            var reply = new StringBuilder();
            var buffer = new byte[64 * 1024];
            while (!reply.ToString().EndsWith('\n'))
            {
                var count = socket.Receive(buffer);
                if (count == 0) return null;
                reply.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }

            return JsonDocument.Parse(reply.ToString()).RootElement.GetProperty("result");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }
}
