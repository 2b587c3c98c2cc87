namespace PluginGateway.ProcessTests.Harness;

/// <summary>Programs of the documentation, run as they stand there.</summary>
internal static class Python
{
    private static readonly string[] Places = ["/usr/bin/python3", "/usr/local/bin/python3"];

    /// <summary>Starts the first Python block of a document, with Python's own library and nothing else.</summary>
    public static ChildProcess StartFrom(
        TempFolder folder, string document, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, document));
        var program = lines.SkipWhile(static line => line != "```python").Skip(1).TakeWhile(static line => line != "```").ToArray();
        Assert.InRange(program.Count(static line => line.Length > 0), 5, 20);
        var all = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["no_proxy"] = "*", ["PYTHONUNBUFFERED"] = "1" };
        return ChildProcess.Start(Find(), ["-I", "-S", folder.Write("program.py", string.Join('\n', program)), .. arguments], folder.Path, all);
    }

    /// <summary>The interpreter.</summary>
    public static string Find()
    {
        if (Array.Find(Places, File.Exists) is { } path) return path;
        if (Environment.GetEnvironmentVariable("GATEWAY_TESTS_REQUIRE_ALL") == "1")
            Assert.Fail("No Python 3 is installed, and everything is required.");
        Assert.Skip($"No Python 3 is installed (looked for {string.Join(", ", Places)}).");
        return "";
    }
}
