using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PluginGateway.Plugins.Irc;

/// <summary>Client certificate of a connection, with its key, from a PEM file.</summary>
internal static class ClientCertificate
{
    /// <summary>Returns the reason why the file has no usable certificate; null: it has one.</summary>
    public static string? Problem(string path)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(path);
            return null;
        }
        catch (Exception failed) when (failed is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"It must be a PEM file with a certificate and its key without a passphrase: {failed.Message}";
        }
    }

    /// <summary>Reads the certificate, with those of the authorities that follow it.</summary>
    /// <exception cref="PluginException">The file cannot be read.</exception>
    public static SslStreamCertificateContext Load(string path)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(path);
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(path), authorities, offline: true);
        }
        catch (Exception failed) when (failed is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PluginException(Faults.ClientCertificate(failed.Message), failed);
        }
    }
}
