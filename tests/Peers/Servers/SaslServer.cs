using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PluginGateway.PeerTests;

/// <summary>As much of an IRC server as a login by SASL PLAIN needs (IRCv3 sasl 3.1, RFC 4616): the servers that can be installed leave it to
/// services nobody packages.</summary>
internal sealed class SaslServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _account;
    private readonly string _password;
    private int _logins;

    public SaslServer(string account, string password)
    {
        (_account, _password) = (account, password);
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often the right password was given.</summary>
    public int Logins => Volatile.Read(ref _logins);

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
        var nick = "*";
        try
        {
            using var stream = client.GetStream();
            using var reader = new StreamReader(stream);
            using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\r\n" };
            while (reader.ReadLine() is { } line)
            {
                var words = line.Split(' ');
                if (words[0] == "NICK") nick = words[1].TrimStart(':');
                foreach (var answer in Answer(words, nick)) writer.WriteLine(answer);
                if (words[0] == "QUIT") return;
            }
        }
        catch (IOException)
        {
            // The gateway has gone.
        }
        finally
        {
            client.Dispose();
        }
    }

    private string[] Answer(string[] words, string nick) => words switch
    {
        ["CAP", "LS", ..] => [":here CAP * LS :sasl"],
        ["CAP", "REQ", ..] => [":here CAP * ACK :sasl"],
        ["CAP", "END"] => [$":here 001 {nick} :Welcome", $":here 005 {nick} CASEMAPPING=ascii NICKLEN=30 :are supported"],
        ["AUTHENTICATE", "PLAIN"] => ["AUTHENTICATE +"],
        ["AUTHENTICATE", var secret] => Login(secret, nick),
        ["JOIN", var channel, ..] => [$":{nick}!bot@here JOIN {channel}", $":here 366 {nick} {channel} :End of names"],
        ["PING", var token, ..] => [$":here PONG here :{token.TrimStart(':')}"],
        _ => [],
    };

    private string[] Login(string secret, string nick)
    {
        var given = Encoding.UTF8.GetString(Convert.FromBase64String(secret)).Split('\0');
        if (given.Length != 3 || given[1] != _account || given[2] != _password) return [$":here 904 {nick} :SASL authentication failed"];
        Interlocked.Increment(ref _logins);
        return [$":here 900 {nick} {nick}!bot@here {_account} :You are now logged in", $":here 903 {nick} :SASL authentication successful"];
    }
}
