namespace PluginGateway.PeerTests;

/// <summary>Programs these tests need beside the gateway. Where one is missing the test is skipped, and where everything is required that is a
/// failure.</summary>
internal static class Installed
{
    private static readonly string[] Folders = [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin", "/usr/local/sbin"];

    public static string Program(string name)
    {
        var found = Folders.Where(static folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (found is null) Missing($"{name} is not installed. `bash tests/run` installs it on Debian.");
        return found!;
    }

    /// <summary>The folder of the node programs, with their packages.</summary>
    public static string NodeFolder
    {
        get
        {
            var folder = Path.Combine(Repository.Root, "tests/Peers/node");
            if (!Directory.Exists(Path.Combine(folder, "node_modules")))
                Missing($"The packages of {folder} are not installed: `npm ci` there, or `bash tests/run`.");
            return folder;
        }
    }

    public static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable("GATEWAY_TESTS_REQUIRE_ALL") == "1") Assert.Fail(what);
        Assert.Skip(what);
    }
}
