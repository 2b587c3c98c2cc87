using System.Globalization;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Hosting;

/// <summary>Limit of open files of this process. Where it is too low, the files opened next fail: libraries, plugins and connections are then
/// reported as "not found" or "cannot be read".</summary>
internal static class OpenFilesLimit
{
    /// <summary>A gateway with its page and a handler has about 180 open while it starts.</summary>
    private const long Gateway = 256;

    /// <summary>Number of files that an adapter or handler has open: its libraries, connections and files.</summary>
    private const long Each = 16;

    private const string Row = "Max open files";

    /// <summary>Sentence for a limit that is too low for so many adapters and handlers; null: it is high enough, or unknown.</summary>
    public static string? Fault(int units)
    {
        try
        {
            return Fault(File.ReadLines("/proc/self/limits"), units);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Number of adapters and handlers that a configuration runs, the default handler included.</summary>
    public static int Units(GatewayConfiguration configuration) =>
        1 + configuration.Adapters.Where(static adapter => adapter.Enabled).Sum(static adapter => adapter.Handler is null ? 1 : 2);

    internal static string? Fault(IEnumerable<string> limits, int units)
    {
        var needed = Gateway + (Each * units);
        return limits.FirstOrDefault(static line => line.StartsWith(Row, StringComparison.Ordinal)) is { } row
            && row[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
            && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit < needed
            ? string.Create(
                CultureInfo.InvariantCulture, $"This process may have {limit} files open (ulimit -n, LimitNOFILE), and needs about {needed}: "
                + $"what it opens beyond that is said to be missing or unreadable, whatever it is")
            : null;
    }
}
