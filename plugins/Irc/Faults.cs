namespace PluginGateway.Plugins.Irc;

/// <summary>What the operator is told about a connection that ended, and whether trying again can help.</summary>
internal static class Faults
{
    public static AdapterFault ConnectionLost(string why) => new("connection-lost", $"The connection to the IRC server is gone: {why}");

    public static AdapterFault PingTimeout(TimeSpan silence) => new("ping-timeout", $"The IRC server has not answered a PING and has been silent for {silence.TotalSeconds:0} s.");

    public static AdapterFault Unreachable(IrcSettings settings, string why) =>
        new("unreachable", $"The IRC server {settings.Server}:{settings.EffectivePort} cannot be reached: {why}");

    public static AdapterFault TlsRefused(string why) => new("tls-refused", $"The IRC server's TLS was not accepted: {why}");

    public static AdapterFault WrongFingerprint(string shown) =>
        new("certificate-changed", $"The IRC server's certificate has the SHA-256 {shown}, which is not settings.tlsFingerprint. Check with its operator, then change the setting.", FaultRetry.AfterOperatorAction);

    public static AdapterFault NoNick(IEnumerable<string> tried) => new("nick-in-use", $"Every nick is in use: {string.Join(", ", tried)}.");

    /// <summary>A numeric that ends a registration; null for any other line.</summary>
    public static AdapterFault? OfRegistration(IrcLine line) => line.Command switch
    {
        "464" => Operator(AdapterFault.UnauthorizedCode, $"The IRC server refused settings.password (464): {line.Last}"),
        "465" => Operator("banned", $"The IRC server has banned us (465): {line.Last}"),
        "463" => Operator("banned", $"The IRC server does not let this machine in (463): {line.Last}"),
        "902" or "904" or "905" or "906" => Operator(AdapterFault.UnauthorizedCode, $"The IRC server refused the SASL login ({line.Command}): {line.Last}"),
        "ERROR" => OfError(line.Last),
        _ => null,
    };

    /// <summary>What an ERROR line says: free text, in which every server family writes a ban or a bad password in its own words.</summary>
    public static AdapterFault OfError(string text)
    {
        if (Says(text, "password")) return Operator(AdapterFault.UnauthorizedCode, $"The IRC server refused settings.password: {text}");
        if (Says(text, "-lined") || Says(text, "-line:") || Says(text, "banned")) return Operator("banned", $"The IRC server has banned us: {text}");
        var fault = new AdapterFault("closed-by-server", $"The IRC server closed the connection: {(text.Length > 0 ? text : "it gave no reason")}");
        return Says(text, "throttle") || Says(text, "too fast") ? fault with { RetryAfter = TimeSpan.FromSeconds(60) } : fault;
    }

    private static bool Says(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static AdapterFault Operator(string code, string message) => new(code, message, FaultRetry.AfterOperatorAction);
}
