using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Plugins.Feishu;

/// <summary>The platform's idempotency key, made of the gateway's: at most 50 characters, the same at every attempt, another for each part of a
/// message.</summary>
internal static class Uuid
{
    private const int MostLength = 50;
    private const int HashLength = 40;

    public static string Of(string key, int part) => part == 0 && key.Length <= MostLength
        ? key
        : Convert
            .ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{key}/{part}"))))[..HashLength];
}
