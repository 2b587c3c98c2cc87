using System.Net;
using System.Net.Sockets;

namespace PluginGateway.Web.Security;

/// <summary>The address that counts as one client.</summary>
internal static class ClientAddress
{
    /// <summary>Of which no address is known.</summary>
    public const string Unknown = "";

    /// <summary>An IPv6 client has its whole network, not only one address.</summary>
    public static string KeyOf(IPAddress? address)
    {
        if (address is null) return Unknown;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address) ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}
