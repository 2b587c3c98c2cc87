namespace PluginGateway.Configuration.Files;

/// <summary>Chooses the data directory: <c>--data</c>, else <c>$STATE_DIRECTORY</c>, else the file's <c>gateway.dataDirectory</c>, else
/// <c>./data</c>.</summary>
internal static class DataDirectoryChoice
{
    private const string Variable = "STATE_DIRECTORY";

    public static string Of(string? configured, ObjectReader gateway, ReadScope scope, ConfigurationRequest request)
    {
        var file = configured is null ? null : Path.GetFullPath(configured, scope.BaseDirectory);
        var (chosen, by) = FromOutside(request);
        if (chosen is null) return file ?? Path.GetFullPath("data", request.WorkingDirectory);

        chosen = Path.GetFullPath(chosen, request.WorkingDirectory);
        if (file is not null && file != chosen)
            scope.Problems.Notice(gateway.KeyOf("dataDirectory"), configured, $"is not used: {by} says '{chosen}'.");
        return chosen;
    }

    private static (string? Folder, string By) FromOutside(ConfigurationRequest request)
    {
        if (!string.IsNullOrEmpty(request.DataDirectory)) return (request.DataDirectory, "--data");

        // systemd lists several state directories with colons between; the first is the service's own.
        var state = request.Environment.GetValueOrDefault(Variable)?.Split(':')[0];
        return (string.IsNullOrEmpty(state) ? null : state, Variable);
    }
}
