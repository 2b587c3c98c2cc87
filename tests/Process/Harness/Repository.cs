namespace PluginGateway.ProcessTests.Harness;

/// <summary>Where the sources and the built executable are, seen from this test assembly.</summary>
internal static class Repository
{
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));

    /// <summary>The configuration these tests were built in.</summary>
    public static string Configuration { get; } = Output.Parent!.Name;

    /// <summary>The executable of the configuration these tests were built in.</summary>
    public static string Executable { get; } = Path.Combine(Root, "host", "bin", Configuration, Output.Name, "plugin-gateway");

    /// <summary>Copies the sources as a fresh clone would have them: nothing that was built, nothing that ran.</summary>
    public static void CopyTo(string target)
    {
        string[] made = ["bin", "obj", "artifacts", "data", "TestResults", "node_modules", ".git"];
        Copy(new DirectoryInfo(Root), target);

        void Copy(DirectoryInfo from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (var file in from.EnumerateFiles().Where(f => f.Name != ".git")) file.CopyTo(Path.Combine(to, file.Name));
            foreach (var folder in from.EnumerateDirectories().Where(f => !made.Contains(f.Name))) Copy(folder, Path.Combine(to, folder.Name));
        }
    }
}
