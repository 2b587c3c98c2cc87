using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>The packages as their users get them: packed, restored from a folder, compiled against and run.</summary>
public sealed class PackageTests
{
    private static readonly TimeSpan Build = TimeSpan.FromMinutes(10);

    /// <summary>The example of the package's own page, with nothing but the packages. The contract's package removes its DLL from the output of a
    /// plugin; a test needs it there.</summary>
    [Fact]
    public void The_example_of_the_testing_package_compiles_and_passes_against_the_packages_alone()
    {
        using var folder = new TempFolder();
        var (feed, project) = (folder["feed"], folder["example"]);
        foreach (var packed in (string[])["abstractions", "packages/Testing"])
            Dotnet(Repository.Root, "pack", packed, "--no-build", "-c", Repository.Configuration, "-o", feed, "-v", "q", "-nologo");
        Assert.Equal(["PluginGateway.Abstractions", "PluginGateway.Testing"],
            Directory.GetFiles(feed, "*.nupkg").Select(static file => string.Join('.', Path.GetFileName(file).Split('.')[..2])).Order());
        Directory.CreateDirectory(project);
        File.WriteAllLines(Path.Combine(project, "Program.cs"), Example());
        File.WriteAllText(Path.Combine(project, "nuget.config"), $"""
            <configuration><packageSources><clear /><add key="feed" value="{feed}" /></packageSources></configuration>
            """);
        File.WriteAllText(Path.Combine(project, "Example.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <UseAppHost>false</UseAppHost>
                <RestorePackagesPath>{folder["restored"]}</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="PluginGateway.Testing" Version="{VersionOf(feed)}" /></ItemGroup>
            </Project>
            """);
        Dotnet(project, "build", "-v", "q", "-nologo", "-o", folder["out"]);
        Dotnet(project, folder["out", "Example.dll"]);

        // The example can fail.
        File.WriteAllText(Path.Combine(project, "Program.cs"),
            File.ReadAllText(Path.Combine(project, "Program.cs")).Replace("new FakeTurn(\"Ann\")", "new FakeTurn(\"Ben\")", StringComparison.Ordinal));
        Dotnet(project, "build", "--no-restore", "-v", "q", "-nologo", "-o", folder["out"]);
        Assert.Contains("wrong answer", Run(project, [folder["out", "Example.dll"]]).Said, StringComparison.Ordinal);
    }

    private static string VersionOf(string feed) =>
        Path.GetFileNameWithoutExtension(Directory.GetFiles(feed, "PluginGateway.Testing.*.nupkg").Single())["PluginGateway.Testing.".Length..];

    private static IEnumerable<string> Example() => File.ReadLines(Path.Combine(Repository.Root, "packages", "Testing", "README.md"))
        .SkipWhile(static line => line != "```csharp").Skip(1).TakeWhile(static line => line != "```");

    private static void Dotnet(string folder, params string[] arguments)
    {
        var (exitCode, said) = Run(folder, arguments);
        Assert.True(exitCode == 0, $"dotnet {string.Join(' ', arguments)}:\n{said}");
    }

    private static (int ExitCode, string Said) Run(string folder, string[] arguments)
    {
        using var process = ChildProcess.Start("dotnet", arguments, folder);
        return (process.WaitForExit(Build), process.Said);
    }
}
