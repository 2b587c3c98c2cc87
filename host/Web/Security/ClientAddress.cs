using System.Net;
using System.Net.Sockets;

namespace PluginGateway.Web.Security;

/// <summary>Key of a client for limits by address.</summary>
internal static class ClientAddress
{
    /// <summary>Key of clients whose address is unknown.</summary>
    public const string Unknown = "";

    /// <summary>Returns the key of a client: of IPv6 its /64 network, because a client has all addresses of it.</summary>
    public static string KeyOf(IPAddress? address)
    {
        if (address is null) return Unknown;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address)
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
