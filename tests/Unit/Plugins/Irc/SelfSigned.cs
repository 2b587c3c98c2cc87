using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>A certificate that no authority signed, with its key.</summary>
internal sealed class SelfSigned : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);

    public SelfSigned()
    {
        var request = new CertificateRequest("CN=localhost", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public X509Certificate2 Certificate { get; }

    public string Sha256 => Certificate.GetCertHashString(HashAlgorithmName.SHA256);

    /// <summary>Writes certificate and key into one file, and returns its path.</summary>
    public string WritePem(bool withKey = true)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.pem");
        File.WriteAllText(path, $"{Certificate.ExportCertificatePem()}\n{(withKey ? _key.ExportPkcs8PrivateKeyPem() : "")}\n");
        return path;
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }
}
