using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>Asks for the status without the command, which is a process of its own: tests that wait for something ask up to fifty times a
/// second.</summary>
internal static class ControlSocket
{
    /// <summary>Returns the report; null: there is no answer in time.</summary>
    public static JsonElement? Status(string data, TimeSpan bound)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = (int)bound.TotalMilliseconds,
            ReceiveTimeout = (int)bound.TotalMilliseconds
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(data, "control.sock")));
            socket.Send(Encoding.UTF8.GetBytes($$"""{{File.ReadAllText(Path.Combine(data, "control.key"))}} {"verb":"status"}""" + "\n"));
            using var reply = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int count;
            do
            {
                count = socket.Receive(buffer);
                if (count == 0) return null;
                reply.Write(buffer, 0, count);
            }
            while (buffer[count - 1] != '\n');

            return JsonDocument.Parse(reply.ToArray()).RootElement.TryGetProperty("result", out var result) ? result : null;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
