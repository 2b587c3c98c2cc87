using System.Net.Http;
using System.Net.Sockets;

namespace PluginGateway.Guard.Calls;

/// <summary>Exceptions of the framework which mean that no server was reached. Only the framework's own types are looked at, so that no member of a
/// plugin's runs.</summary>
internal static class Unreachable
{
    private const int Deepest = 8;

    /// <summary>Returns true if the exception or one of its causes means that no server was reached.</summary>
    public static bool Is(Exception exception)
    {
        var depth = 0;
        for (Exception? cause = exception; cause is not null && depth < Deepest; cause = cause.InnerException, depth++)
        {
            if (cause.GetType() == typeof(SocketException) && Says(((SocketException)cause).SocketErrorCode)) return true;
            if (cause.GetType() == typeof(HttpRequestException)
                && ((HttpRequestException)cause).HttpRequestError == HttpRequestError.NameResolutionError)
                return true;
        }

        return false;
    }

    /// <summary>Returns the fault for such an exception.</summary>
    public static PluginFault Fault(string type, string text) => new(PluginFault.UnreachableCode, text.Length > 0 ? $"{type}: {text}" : type);

    private static bool Says(SocketError error) =>
        error is SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery
        or SocketError.HostUnreachable or SocketError.HostDown or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.TimedOut;
}
