using System.Text;

namespace PluginGateway.Cli.Service;

/// <summary>A unit for systemd's system manager.</summary>
internal static class SystemdUnit
{
    public static string Of(ServiceFacts facts) => $"""
        # Save as /etc/systemd/system/plugin-gateway.service, then: systemctl daemon-reload && systemctl enable --now plugin-gateway
        # Written by 'plugin-gateway service print systemd'; write it again when shutdownBudgetSeconds, lastResortGraceSeconds or the credentials change.
        [Unit]
        Description=PluginGateway: connects a bot to chat platforms
        Wants=network-online.target
        After=network-online.target
        # However often it fails, it is started again.
        StartLimitIntervalSec=0

        [Service]
        Type=notify
        NotifyAccess=main
        ExecStart={Line(facts.Command(null))}
        ExecReload=/bin/kill -HUP $MAINPID
        {Environment("GATEWAY_STOP_LIMIT", $"{facts.StopSeconds}")}{Environment("GATEWAY_LOCK_DIR", "/run/plugin-gateway")}# No port for debuggers: an isolated adapter would run code in the gateway through it.
        {Environment("DOTNET_EnableDiagnostics", "0")}{(facts.RuntimeFolder is { } runtime ? Environment("DOTNET_ROOT", runtime) : "")}{Variables(facts)}EnvironmentFile=-{ServiceFacts.VariablesFile}
        {Credentials(facts)}
        # 0: asked to stop, stays down. 1, 70, 75 and signals: started again. 78: the configuration cannot work, stays down.
        Restart=on-failure
        RestartSec=5
        RestartPreventExitStatus=78
        # Fed by the supervisor's own loop.
        WatchdogSec=30
        TimeoutStartSec=90
        # The budget of a stop, the last resort behind it, and a margin.
        TimeoutStopSec={facts.StopSeconds}
        # The signal is for the gateway; what adapters started ends with it.
        KillMode=mixed

        DynamicUser=yes
        User=plugin-gateway
        # The data is in {ServiceFacts.StateDirectory}: commands look there when nothing runs in their own directory, or take it as --data.
        StateDirectory=plugin-gateway
        StateDirectoryMode=0700
        # The locks on credentials that allow one session; shared by every gateway of this user.
        RuntimeDirectory=plugin-gateway
        RuntimeDirectoryMode=0700
        RuntimeDirectoryPreserve=yes
        WorkingDirectory=%S/plugin-gateway
        UMask=0077
        LimitNOFILE=65536

        # Each worker of an isolated adapter gets a control group with limits of its own. So not ProtectControlGroups=yes, which makes all groups read-only: of them only this service's belong to its user.
        Delegate=memory pids cpu
        # A worker that is ended because it takes too much memory is no reason to stop the gateway.
        OOMPolicy=continue

        # Not MemoryDenyWriteExecute: .NET compiles at run time. Not ProcSubset=pid: /proc/sys tells one boot from another.
        # Not PrivateUsers=yes: what another user than root or the service owns would look like nobody's, and owners are checked at the start.
        NoNewPrivileges=yes
        CapabilityBoundingSet=
        ProtectSystem=strict
        ProtectHome={(facts.NeedsHomes ? "read-only" : "yes")}
        # A core dump holds every secret.
        LimitCORE=0
        PrivateTmp=yes
        PrivateDevices=yes
        ProtectClock=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        ProtectProc=invisible
        LockPersonality=yes
        RemoveIPC=yes
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native
        # Landlock keeps files from workers, a filter keeps system calls from them; not every systemd counts these among what services need, and a call that is missing here ends the gateway.
        SystemCallFilter=@system-service landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp

        [Install]
        WantedBy=multi-user.target

        """;

    private static string Credentials(ServiceFacts facts) => facts.Credentials.Count == 0
        ? $"# A secret from a file: LoadCredential=NAME:{ServiceFacts.CredentialsFolder}/NAME here, and ${{cred:NAME}} in plugins.json."
        : $"# ${{cred:NAME}} in plugins.json.\n{string.Join('\n', facts.Credentials.Select(static name => $"LoadCredential={name}:{ServiceFacts.CredentialsFolder}/{name}"))}";

    private static string Variables(ServiceFacts facts) => facts.Variables.Count == 0
        ? "# A secret from a variable: a line NAME=value in this file (mode 0600), and ${env:NAME} in plugins.json.\n"
        : $"# ${{env:NAME}} in plugins.json: a line NAME=value each in this file, mode 0600: {string.Join(", ", facts.Variables)}\n";

    private static string Environment(string name, string value) => $"Environment={Quoted($"{name}={value}")}\n";

    private static string Line(IEnumerable<string> words) =>
        string.Join(' ', words.Select(static word => Quoted(word).Replace("$", "$$", StringComparison.Ordinal)));

    /// <summary>Quotes a word by systemd.syntax(7): percent signs are doubled, and a word with spaces or quotes is quoted.</summary>
    private static string Quoted(string word)
    {
        var text = new StringBuilder(word).Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("%", "%%").ToString();
        return text.All(static c => !char.IsWhiteSpace(c) && c is not ('"' or '\'' or '\\' or ';')) ? text : $"\"{text}\"";
    }
}
