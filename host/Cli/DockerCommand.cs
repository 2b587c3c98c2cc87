namespace PluginGateway.Cli;

/// <summary>A shell script that runs this folder in a container.</summary>
internal static class DockerCommand
{
    private const string Image = "mcr.microsoft.com/dotnet/aspnet:10.0";
    private const string Locks = "${XDG_RUNTIME_DIR:-$HOME}";
    private const string Credentials = "/run/credentials";

    public static string Of(ServiceFacts facts)
    {
        var folder = Path.GetDirectoryName(facts.Program[^1])!;
        List<string> lines =
        [
            "docker run --detach --name plugin-gateway",
            // An init is pid 1 then: as pid 1 neither the kernel's alarm nor SIGKILL of self works.
            "--init --restart on-failure",
            $"--stop-timeout {facts.StopSeconds} --env GATEWAY_STOP_LIMIT={facts.StopSeconds} --env DOTNET_EnableDiagnostics=0",
            // Without it the gateway would listen where nobody is; it listens on this machine only unless the configuration says otherwise.
            "--network host",
            "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --ulimit core=0",
            "--user \"$(id -u):$(id -g)\"",
            $"--mount {Quoted($"type=bind,source={folder},target=/app,readonly")}",
            $"--mount {Quoted($"type=bind,source={facts.DataDirectory},target=/data")}",
            // One folder for all gateways of this user on this machine.
            "--mount \"type=bind,source=$locks,target=/locks\" --env GATEWAY_LOCK_DIR=/locks",
        ];
        if (facts.Configuration is { } configuration) lines.Add($"--mount {Quoted($"type=bind,source={configuration},target=/config/plugins.json,readonly")}");
        if (facts.Credentials.Count > 0) lines.Add($"--mount type=bind,source={ServiceFacts.CredentialsFolder},target={Credentials},readonly --env CREDENTIALS_DIRECTORY={Credentials}");
        lines.Add($"{Image} /app/plugin-gateway run --log json --data /data{(facts.Configuration is null ? "" : " --config /config/plugins.json")}");
        return $"""
            #!/bin/sh
            # Written by 'plugin-gateway service print docker'; write it again when shutdownBudgetSeconds, lastResortGraceSeconds or the credentials change.
            # It is started again unless it ends with 0. docker cannot tell 78 (the configuration cannot work) from the rest, and tries that for ever too.
            set -eu
            locks="{Locks}/plugin-gateway"
            mkdir -p "$locks" {Quoted(facts.DataDirectory)}
            {string.Join(" \\\n  ", lines)}

            """;
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
