using System.Net;
using System.Net.Sockets;

namespace PluginGateway.PeerTests.Servers;

/// <summary>A real IRC server on a port of its own, started, stopped, frozen and started again.</summary>
internal sealed class IrcServer : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _program;
    private readonly string[] _arguments;
    private ChildProcess _process;

    private IrcServer(string program, Func<TempFolder, int, string> configure, Func<string, string[]> arguments)
    {
        _program = program;
        Port = FreePort.Next();
        var configuration = _folder.Write("ircd.conf", configure(_folder, Port));
        // ngircd gives up root for another user.
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        _arguments = arguments(configuration);
        _process = Launch();
    }

    public int Port { get; }

    public string Said => _process.Said;

    public static IrcServer Start(string kind) => kind switch
    {
        "ngircd" => Ngircd(),
        "inspircd" => Inspircd(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "ngircd or inspircd"),
    };

    /// <summary>ngircd; with a certificate it speaks nothing but TLS. As it comes it takes nicks of nine characters.</summary>
    public static IrcServer Ngircd(string? password = null, Certificate? certificate = null, int longestNick = 30) =>
        new(Installed.Program("ngircd"), (folder, port) => $"""
        [Global]
        Name = irc.test.local
        Info = test
        AdminEMail = admin@test.local
        Listen = 127.0.0.1
        {(certificate is null ? $"Ports = {port}" : "Ports = ")}
        {(Environment.UserName == "root" ? "ServerUID = irc\nServerGID = irc" : "")}
        MotdPhrase = hello
        {(password is null ? "" : $"Password = {password}")}
        [Limits]
        MaxConnectionsIP = 0
        MaxNickLength = {longestNick}
        PingTimeout = 20
        PongTimeout = 10
        [Options]
        DNS = no
        Ident = no
        PAM = no
        {(certificate is null ? "" : $"[SSL]\nCertFile = {certificate.WriteCertificate(folder)}\nKeyFile = {certificate.WriteKey(folder)}\nPorts = {port}")}
        """, configuration => ["-n", "-f", configuration]);

    /// <summary>InspIRCd with what IRCv3 it has. Who sends more than ten lines at once is put out.</summary>
    public static IrcServer Inspircd() => new(Installed.Program("inspircd"), (folder, port) =>
    {
        Directory.CreateDirectory(folder["data"]);
        Directory.CreateDirectory(folder["log"]);
        return $"""
            <server name="irc.test.local" description="test" network="TestNet"><admin name="a" nick="a" email="a@test.local">
            <bind address="127.0.0.1" port="{port}" type="clients">
            <connect name="main" allow="127.0.0.1" timeout="20" pingfreq="30" recvq="16384" hardsendq="1M" softsendq="16384" threshold="10" commandrate="1000" fakelag="no" localmax="200" globalmax="200" limit="500">
            <class name="x" commands="*"><type name="netadmin" classes="x"><oper name="op" password="op" host="*@*" type="netadmin">
            <path configdir="{folder.Path}" datadir="{folder["data"]}" logdir="{folder["log"]}" moduledir="/usr/lib/inspircd/modules"><pid file="{folder["inspircd.pid"]}"><options casemapping="rfc1459">
            <module name="cap"><module name="ircv3"><module name="ircv3_echomessage"><module name="ircv3_servertime"><module name="ircv3_msgid"><module name="ircv3_labeledresponse"><module name="ircv3_batch"><module name="ircv3_ctctags"><module name="chanhistory">
            """;
    }, configuration => ["--nofork", .. Environment.UserName == "root" ? ["--runasroot"] : Array.Empty<string>(), $"--config={configuration}"]);

    public void Send(Signal signal) => _process.Send(signal);

    public void Stop() => _process.Dispose();

    public void StartAgain() => _process = Launch();

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }

    private ChildProcess Launch()
    {
        var process = ChildProcess.Start(_program, _arguments, _folder.Path);
        try
        {
            Bound.Until(Answers, Bound.Command, () => $"{_program} does not listen. It said:\n{process.Said}");
        }
        catch
        {
            process.Dispose();
            throw;
        }

        return process;
    }

    private bool Answers()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
