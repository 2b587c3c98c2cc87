using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.PeerTests.Servers;

/// <summary>As much of an IRC server as a login needs: SASL PLAIN, SCRAM-SHA-256 and, over TLS, EXTERNAL (IRCv3 sasl), and a NickServ. The servers
/// that can be installed leave it to services nobody packages.</summary>
internal sealed class SaslServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _account;
    private readonly string _password;
    private readonly List<string> _said = [];
    private int _logins;

    public SaslServer(string account, string password)
    {
        (_account, _password) = (account, password);
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    /// <summary>The server's certificate; null: it speaks no TLS.</summary>
    public Certificate? Tls { get; init; }

    /// <summary>The client certificate that it wants in the handshake, and takes for the account's.</summary>
    public Certificate? Client { get; init; }

    /// <summary>True: it does not know the password, and pretends to (SCRAM-SHA-256).</summary>
    public bool IsImpostor { get; init; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often the login was right.</summary>
    public int Logins => Volatile.Read(ref _logins);

    /// <summary>What clients have said.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_said) return [.. _said];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var client = _listener.AcceptTcpClient();
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Serve(TcpClient client)
    {
        var login = new Login(this);
        try
        {
            using var stream = Secure(client.GetStream());
            using var reader = new StreamReader(stream);
            using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\r\n" };
            while (reader.ReadLine() is { } line)
            {
                lock (_said) _said.Add(line);
                foreach (var answer in login.Answer(line.Split(' '))) writer.WriteLine(answer);
                if (line.StartsWith("QUIT", StringComparison.Ordinal)) return;
            }
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The gateway has gone, or has not shown the certificate.
        }
        finally
        {
            client.Dispose();
        }
    }

    private Stream Secure(Stream plain)
    {
        if (Tls is null) return plain;
        var secure = new SslStream(plain);
        secure.AuthenticateAsServer(new SslServerAuthenticationOptions
        {
            ServerCertificate = Tls.WithKey,
            ClientCertificateRequired = Client is not null,
            RemoteCertificateValidationCallback =
                (_, shown, _, _) => Client is null || shown?.GetCertHashString(HashAlgorithmName.SHA256) == Client.Sha256,
        });
        return secure;
    }

    /// <summary>One connection.</summary>
    private sealed class Login(SaslServer server)
    {
        private string _nick = "*";
        private string _mechanism = "";
        private ScramServer? _scram;

        public string[] Answer(string[] words)
        {
            if (words[0] == "NICK") _nick = words[1].TrimStart(':');
            switch (words)
            {
                case ["CAP", "LS", ..]: return [$":here CAP * LS :sasl={(server.Client is null ? "PLAIN,SCRAM-SHA-256" : "EXTERNAL")}"];
                case ["CAP", "REQ", ..]: return [":here CAP * ACK :sasl"];
                case ["CAP", "END"]: return [$":here 001 {_nick} :Welcome", $":here 005 {_nick} CASEMAPPING=ascii NICKLEN=30 :are supported"];
                case ["AUTHENTICATE", "PLAIN" or "SCRAM-SHA-256" or "EXTERNAL"]:
                    (_mechanism, _scram) = (words[1], new ScramServer(server._account, server._password) { IsImpostor = server.IsImpostor });
                    return ["AUTHENTICATE +"];
                case ["AUTHENTICATE", var piece]: return Authenticate(piece == "+" ? "" : Encoding.UTF8.GetString(Convert.FromBase64String(piece)));
                case ["JOIN", var channel, ..]: return [$":{_nick}!bot@here JOIN {channel}", $":here 366 {_nick} {channel} :End of names"];
                case ["PING", var token, ..]: return [$":here PONG here :{token.TrimStart(':')}"];
                case ["PRIVMSG", "NickServ", ":IDENTIFY", var password]:
                    return password == server._password
                        ? [$":NickServ!services@here NOTICE {_nick} :You are now identified.", $":NickServ MODE {_nick} +r"]
                        : [$":NickServ!services@here NOTICE {_nick} :Invalid password."];
                default: return [];
            }
        }

        private string[] Authenticate(string message)
        {
            switch (_mechanism)
            {
                case "PLAIN":
                    var fields = message.Split('\0');
                    return End(fields.Length == 3 && fields[1] == server._account && fields[2] == server._password);
                case "EXTERNAL": return End(server.Client is not null && (message.Length == 0 || message == server._account));
                default:
                    if (message.Length == 0) return End(true); // after the server's signature
                    if (_scram!.Answer(message) is not { } answer) return End(false);
                    return [$"AUTHENTICATE {Convert.ToBase64String(Encoding.UTF8.GetBytes(answer))}"];
            }
        }

        private string[] End(bool isRight)
        {
            if (!isRight) return [$":here 904 {_nick} :SASL authentication failed"];
            Interlocked.Increment(ref server._logins);
            return
            [
                $":here 900 {_nick} {_nick}!bot@here {server._account} :You are now logged in",
                $":here 903 {_nick} :SASL authentication successful",
            ];
        }
    }
}
