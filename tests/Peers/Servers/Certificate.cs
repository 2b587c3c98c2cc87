using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PluginGateway.PeerTests.Servers;

/// <summary>A certificate for this machine that no authority signed.</summary>
internal sealed class Certificate : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public Certificate()
    {
        var request = new CertificateRequest("CN=localhost", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public string Sha256 => _certificate.GetCertHashString(HashAlgorithmName.SHA256);

    /// <summary>The certificate with its key.</summary>
    public X509Certificate2 WithKey => _certificate;

    /// <summary>Writes certificate and key into one file, and returns its path.</summary>
    public string WritePem(TempFolder folder) =>
        folder.Write("client.pem", $"{_certificate.ExportCertificatePem()}\n{_key.ExportPkcs8PrivateKeyPem()}\n");

    public string WriteCertificate(TempFolder folder) => folder.Write("certificate.pem", _certificate.ExportCertificatePem());

    public string WriteKey(TempFolder folder) => folder.Write("key.pem", _key.ExportPkcs8PrivateKeyPem());

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }
}
