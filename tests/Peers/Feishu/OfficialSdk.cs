using System.Text.Json;
using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>The vendor's own SDK for Node, in a process of its own.</summary>
internal sealed class OfficialSdk : IDisposable
{
    private readonly ChildProcess _process;

    private OfficialSdk(ChildProcess process) => _process = process;

    public static OfficialSdk Start(FakePlatform platform, string mode) => new(ChildProcess.Start(
        Installed.Program("node"),
        ["feishu.mjs", mode, platform.Address.ToString().TrimEnd('/'), platform.AppId],
        NodeFolder,
        new Dictionary<string, string>
        {
            ["FEISHU_SECRET"] = platform.AppSecret,
            ["FEISHU_ENCRYPT_KEY"] = platform.EncryptKey,
            ["FEISHU_VERIFICATION_TOKEN"] = platform.VerificationToken
        },
        keepsInput: true));

    /// <summary>What it told: an event and a text.</summary>
    public IReadOnlyList<(string Event, string? Text)> Told => [.. _process.StandardOutput.Select(Read)];

    public IReadOnlyList<string?> Texts(string name) => [.. Told.Where(told => told.Event == name).Select(static told => told.Text)];

    public void Await(string name, int times = 1) =>
        Bound.Until(() => Texts(name).Count >= times, Bound.Replies, () => $"the SDK does not say '{name}' ({times}): {_process.Said}");

    public void Dispose() => _process.Dispose();

    private static string NodeFolder
    {
        get
        {
            if (!Directory.Exists(Path.Combine(Installed.NodeFolder, "node_modules/@larksuiteoapi/node-sdk")))
                Installed.Missing($"The Feishu SDK is not installed: `npm ci` in {Installed.NodeFolder}, or `bash tests/run`.");
            return Installed.NodeFolder;
        }
    }

    private static (string, string?) Read(string line)
    {
        try
        {
            var told = JsonDocument.Parse(line).RootElement;
            return (told.GetProperty("event").GetString()!, told.TryGetProperty("text", out var text) ? text.GetString() : null);
        }
        catch (JsonException)
        {
            return ("", line);
        }
    }
}
