using System.Security;

namespace PluginGateway.Cli.Service;

/// <summary>A property list for macOS' launchd.</summary>
internal static class LaunchdAgent
{
    /// <summary>Lock folder in the user's own home: another user could create one in /tmp first.</summary>
    private static string Locks =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "Library/Application Support/plugin-gateway/locks");

    public static string Of(ServiceFacts facts) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <!-- Save as ~/Library/LaunchAgents/plugin-gateway.plist, then: launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/plugin-gateway.plist
             It is started again unless it ends with 0. launchd cannot tell 78 (the configuration cannot work) from the rest, and tries that for ever too.{Variables(facts)} -->
        <plist version="1.0">
        <dict>
          <key>Label</key>
          <string>plugin-gateway</string>
          <key>ProgramArguments</key>
          <array>
        {Lines(Program(facts), "    <string>", "</string>")}
          </array>
          <key>EnvironmentVariables</key>
          <dict>
            <key>GATEWAY_STOP_LIMIT</key>
            <string>{facts.StopSeconds}</string>
            <key>DOTNET_EnableDiagnostics</key>
            <string>0</string>
            <key>GATEWAY_LOCK_DIR</key>
            <string>{Escaped(Locks)}</string>
            <key>CREDENTIALS_DIRECTORY</key>
            <string>{ServiceFacts.CredentialsFolder}</string>{Runtime(facts.RuntimeFolder)}
          </dict>
          <key>RunAtLoad</key>
          <true/>
          <key>KeepAlive</key>
          <dict>
            <key>SuccessfulExit</key>
            <false/>
          </dict>
          <key>ThrottleInterval</key>
          <integer>5</integer>
          <key>ExitTimeOut</key>
          <integer>{facts.StopSeconds}</integer>
          <key>HardResourceLimits</key>
          <dict>
            <key>Core</key>
            <integer>0</integer>
          </dict>
          <key>Umask</key>
          <integer>63</integer>
          <key>ProcessType</key>
          <string>Background</string>
          <key>StandardOutPath</key>
          <string>{Escaped(Path.Combine(facts.DataDirectory, "gateway.log"))}</string>
          <key>StandardErrorPath</key>
          <string>{Escaped(Path.Combine(facts.DataDirectory, "gateway.log"))}</string>
        </dict>
        </plist>

        """;

    /// <summary>launchd reads no file of variables, and secrets do not belong into the list itself: a shell reads them, and becomes the
    /// gateway.</summary>
    private static IEnumerable<string> Program(ServiceFacts facts) => facts.Variables.Count == 0
        ? facts.Command(facts.DataDirectory)
        : ["/bin/sh", "-c", "set -a; [ ! -r \"$0\" ] || . \"$0\"; exec \"$@\"", ServiceFacts.VariablesFile, .. facts.Command(facts.DataDirectory)];

    private static string Variables(ServiceFacts facts) => facts.Variables.Count == 0
        ? ""
        : $"\n     ${{env:NAME}} in plugins.json: a line NAME='value' each in {ServiceFacts.VariablesFile}, readable for its owner only: {Escaped(string.Join(", ", facts.Variables)).Replace("--", "- -", StringComparison.Ordinal)}";

    private static string Runtime(string? folder) => folder is null ? "" : $"\n    <key>DOTNET_ROOT</key>\n    <string>{Escaped(folder)}</string>";

    private static string Lines(IEnumerable<string> texts, string before, string after) =>
        string.Join('\n', texts.Select(text => $"{before}{Escaped(text)}{after}"));

    private static string Escaped(string text) => SecurityElement.Escape(text);
}
