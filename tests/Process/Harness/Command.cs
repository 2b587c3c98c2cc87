namespace PluginGateway.ProcessTests.Harness;

/// <summary>How a command of the executable ended.</summary>
internal sealed record Command(int ExitCode, string Output, string Error)
{
    public string Said => Output + Error;

    public static Command Run(string workingDirectory, params string[] arguments)
    {
        using var process = ChildProcess.Start(Repository.Executable, arguments, workingDirectory);
        var code = process.WaitForExit(Bound.Command);
        return new Command(code, Text(process.StandardOutput), Text(process.StandardError));
    }

    private static string Text(IEnumerable<string> lines) => string.Concat(lines.Select(l => l + "\n"));
}
