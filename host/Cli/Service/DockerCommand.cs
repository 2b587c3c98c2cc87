namespace PluginGateway.Cli.Service;

/// <summary>A shell script that runs this folder in a container.</summary>
internal static class DockerCommand
{
    private const string Image = "mcr.microsoft.com/dotnet/aspnet:10.0";
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
            // Without the host's network no client could reach the gateway, which listens on the loopback address unless the configuration says
            // otherwise.
            "--network host",
            "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --ulimit core=0",
            "--user \"$(id -u):$(id -g)\"",
            $"--mount {Quoted($"type=bind,source={folder},target=/app,readonly")}",
            $"--mount {Quoted($"type=bind,source={facts.DataDirectory},target=/data")}",
            // The lock folder is shared by all gateways of this user on this machine.
            "--mount \"type=bind,source=$locks,target=/locks\" --env GATEWAY_LOCK_DIR=/locks",
        ];
        // Mounted at their own paths, so that paths relative to the configuration file are found.
        foreach (var path in new[] { facts.Configuration }.OfType<string>().Concat(facts.Named))
            lines.Add($"--mount {Quoted($"type=bind,source={path},target={path},readonly")}");
        // Their values come from the environment of this script.
        foreach (var name in facts.Variables) lines.Add($"--env {Quoted(name)}");
        if (facts.Credentials.Count > 0)
            lines.Add(
                $"--mount type=bind,source={ServiceFacts.CredentialsFolder},target={Credentials},readonly --env CREDENTIALS_DIRECTORY={Credentials}");
        lines.Add($"{Image} /app/plugin-gateway run --log json --data /data{(facts.Configuration is { } file ? $" --config {Quoted(file)}" : "")}");
        return $$"""
            #!/bin/sh
            # Written by 'plugin-gateway service print docker'; write it again when shutdownBudgetSeconds, lastResortGraceSeconds, the credentials or the files that plugins.json names change.
            # It is started again unless it ends with 0. docker cannot tell 78 (the configuration cannot work) from the rest, and tries that for ever too.
            set -eu
            {{Variables(facts)}}# The locks on credentials that allow one session: where a gateway of this user has them that runs without a container.
            runtime="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"
            locks="${GATEWAY_LOCK_DIR:-$runtime/plugin-gateway}"
            [ -d "$runtime" ] || [ -n "${GATEWAY_LOCK_DIR:-}" ] || locks="/var/lock/plugin-gateway-$(id -u)"
            mkdir -p "$locks" {{Quoted(facts.DataDirectory)}}
            {{string.Join(" \\\n  ", lines)}}

            """;
    }

    private static string Variables(ServiceFacts facts)
    {
        if (facts.Variables.Count == 0) return "";
        var missing = facts.Variables.Where(
            static name => name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(name[0]))
            .Select(static name =>
                $"[ -n \"${{{name}:-}}\" ] || echo '{name} is not set, and plugins.json reads it: an adapter that needs it will be parked' >&2\n");
        return $$"""
            # ${env:NAME} in plugins.json: from the environment, or a line NAME='value' each in this file (mode 0600).
            if [ -r {{ServiceFacts.VariablesFile}} ]; then set -a; . {{ServiceFacts.VariablesFile}}; set +a; fi
            {{string.Concat(missing)}}
            """;
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
