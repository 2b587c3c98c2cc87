using System.Text.Json;
using PluginGateway.Logging;
using PluginGateway.Posix;

namespace PluginGateway.Cli.Checks;

/// <summary><c>plugins --pin</c>: writes the hash of each plugin's folder into the configuration.</summary>
internal static class PinCommand
{
    private const int ShownOfHash = 12;

    public static int Execute(CliOptions options, CommandWiring wiring)
    {
        var pinned = PluginPins.Write(options);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize([.. pinned], CliJson.Indented.PinnedPluginArray));
        else foreach (var pin in pinned) wiring.Output.WriteLine(Printable.Text(Sentence(pin)));
        return pinned.All(static pin => pin.Hash is not null) ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static string Sentence(PinnedPlugin pin) => pin switch
    {
        { Hash: null } => $"{pin.Key}: {pin.Plugin} is not pinned: {pin.Problem}",
        { Before: null } => $"{pin.Key}: {pin.Plugin} is pinned to {pin.Hash[..ShownOfHash]}...",
        _ when pin.Before == pin.Hash => $"{pin.Key}: {pin.Plugin} is pinned already",
        _ => $"{pin.Key}: {pin.Plugin} is pinned to {pin.Hash[..ShownOfHash]}..., no longer to {pin.Before[..ShownOfHash]}...",
    };
}
