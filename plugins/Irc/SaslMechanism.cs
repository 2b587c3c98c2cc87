using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Mechanism of a SASL login (RFC 4422).</summary>
internal abstract class SaslMechanism
{
    public const string Plain = "plain";
    public const string External = "external";
    public const string Scram = "scram-sha-256";

    /// <summary>Name of the mechanism, as servers write it.</summary>
    public abstract string Name { get; }

    /// <summary>True: a success that the server reports may be believed.</summary>
    public virtual bool IsVerified => true;

    /// <summary>Returns the mechanism of the settings; null: they ask for no login.</summary>
    public static SaslMechanism? Of(IrcSettings settings) => settings switch
    {
        { SaslMechanism: External } => new SaslExternal(settings.SaslUser ?? ""),
        { SaslUser: null } or { SaslPassword: null } => null,
        { SaslMechanism: Scram } => new SaslScram(settings.SaslUser, settings.SaslPassword, NewNonce()),
        _ => new SaslPlain(settings.SaslUser, settings.SaslPassword),
    };

    /// <summary>Returns the answer to a challenge of the server.</summary>
    /// <exception cref="PluginException">The server cannot be trusted, or has ended the exchange.</exception>
    public abstract byte[] Answer(byte[] challenge);

    private static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
}

/// <summary>SASL PLAIN (RFC 4616): account and password.</summary>
internal sealed class SaslPlain(string user, string password) : SaslMechanism
{
    public override string Name => "PLAIN";

    public override byte[] Answer(byte[] challenge) => Encoding.UTF8.GetBytes($"{user}\0{user}\0{password}");
}

/// <summary>SASL EXTERNAL (RFC 4422, appendix A): the client certificate of the connection; the account may be named.</summary>
internal sealed class SaslExternal(string user) : SaslMechanism
{
    public override string Name => "EXTERNAL";

    public override byte[] Answer(byte[] challenge) => Encoding.UTF8.GetBytes(user);
}
