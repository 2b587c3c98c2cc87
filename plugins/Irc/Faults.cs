namespace PluginGateway.Plugins.Irc;

/// <summary>Faults of a connection: the sentence for the operator and the retry rule.</summary>
internal static class Faults
{
    public static PluginFault ConnectionLost(string why) => new("connection-lost", $"The connection to the IRC server is gone: {why}");

    public static PluginFault PingTimeout(TimeSpan silence) =>
        new("ping-timeout", $"The IRC server has not answered a PING and has been silent for {silence.TotalSeconds:0} s.");

    public static PluginFault Unreachable(IrcSettings settings, string why) =>
        new(PluginFault.UnreachableCode, $"The IRC server {settings.Server}:{settings.EffectivePort} cannot be reached: {why}");

    public static PluginFault NoWelcome(IrcSettings settings, int lines) =>
        new("no-welcome", $"'{settings.Server}:{settings.EffectivePort}' sent {lines} lines and has not let us in (001); "
            + "check settings.server and settings.port if it stays so.");

    public static PluginFault TlsRefused(string why) => new("tls-refused", $"The IRC server's TLS was not accepted: {why}");

    public static PluginFault WrongFingerprint(string shown) => Operator("certificate-changed",
        $"The IRC server's certificate has the SHA-256 {shown}, which is not settings.tlsFingerprint. Check with its operator, then change the setting.");

    /// <param name="refused">Each nick with the numeric that refused it.</param>
    public static PluginFault NoNick(IEnumerable<string> refused) => new(
        "nick-in-use", $"The IRC server took none of our nicks: {string.Join(", ", refused)}. 433 is in use, 432 is not allowed there or too long.");

    public static PluginFault BadNick(string nick, string said) =>
        Operator(PluginFault.InvalidSettingsCode, $"The IRC server takes '{nick}' for no nick (432): {said}");

    // The account services behind it come and go: worth another try.
    public static PluginFault SaslUnavailable(string why) =>
        new("sasl-unavailable", $"The IRC server does not offer SASL at the moment ({why}), and the settings ask for it.");

    public static PluginFault NoMechanism(string name, string offered) => Operator("sasl-unsupported",
        $"The IRC server offers SASL by {offered} only, and this adapter logs in by {name}. Change settings.saslMechanism, or take the login out.");

    public static PluginFault SaslMalformed => new("sasl-malformed", "The IRC server sent a SASL challenge that cannot be read.");

    public static PluginFault SaslRefused(string why) =>
        Operator(PluginFault.UnauthorizedCode, $"The IRC server refused the SASL login: {why}");

    public static PluginFault SaslUnverified(string why) => Operator("sasl-unverified",
        $"The IRC server cannot be trusted with this login: {why}. The password was not sent. Check settings.server and the password.");

    public static PluginFault ClientCertificate(string why) =>
        Operator(PluginFault.InvalidSettingsCode, $"settings.clientCertificate cannot be read: {why}");

    /// <summary>A line that ends a registration; null for any other.</summary>
    public static PluginFault? OfRegistration(IrcLine line, IrcSettings settings) => line.Command switch
    {
        "464" => OfPassword(settings, $"464: {line.Last}"),
        "465" => OfClosing(line.Last) ?? Banned($"465: {line.Last}"),
        "463" => OfClosing(line.Last) ?? Operator("banned", $"The IRC server does not let this machine in (463): {line.Last}"),
        "468" => Operator(PluginFault.InvalidSettingsCode,
            $"The IRC server does not take the user name '{settings.EffectiveUser}' (468): {line.Last} Choose another one by settings.user."),
        "902" or "904" or "905" => Operator(PluginFault.UnauthorizedCode, $"The IRC server refused the SASL login ({line.Command}): {line.Last}"),
        "906" => SaslUnavailable($"906: {line.Last}"),
        "ERROR" when OfClosing(line.Last) is null && !ClosingText.IsQuit(line.Last)
            && line.Last.Contains("password", StringComparison.OrdinalIgnoreCase) => OfPassword(settings, line.Last),
        "ERROR" => OfError(line.Last),
        _ => null,
    };

    /// <summary>Fault of an ERROR line: free text, in which each server family words the reason for the end of a connection differently.</summary>
    public static PluginFault OfError(string text) =>
        OfClosing(text) ?? new("closed-by-server", $"The IRC server closed the connection: {(text.Length > 0 ? text : "it gave no reason")}");

    /// <summary>Known texts of a kill, a throttle or a ban. In this order: a kill bears any words of a person, and a throttle or a passing ban
    /// may name the kind of ban that it is.</summary>
    private static PluginFault? OfClosing(string text)
    {
        if (ClosingText.IsKill(text)) return Later("killed", "ended our connection by KILL", text, TimeSpan.FromMinutes(5));
        if (ClosingText.IsQuit(text)) return null;
        if (ClosingText.IsThrottle(text)) return Later("throttled", "takes no connection for now", text, TimeSpan.FromMinutes(1));
        if (!ClosingText.IsBan(text)) return null;
        return ClosingText.TemporaryFor(text) is { } time ? Later("banned-for-now", "has banned us for a time", text, time) : Banned(text);
    }

    private static PluginFault OfPassword(IrcSettings settings, string said) => Operator(PluginFault.UnauthorizedCode,
        settings.Password is null
            ? $"The IRC server wants a password, and none is configured ({said})."
            : $"The IRC server refused settings.password: {said}");

    private static PluginFault Banned(string said) => Operator("banned", $"The IRC server has banned us: {said}");

    private static PluginFault Later(string code, string what, string said, TimeSpan wait) =>
        new(code, $"The IRC server {what}: {said}") { RetryAfter = wait };

    private static PluginFault Operator(string code, string message) => new(code, message, FaultRetry.AfterOperatorAction);
}
