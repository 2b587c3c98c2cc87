using PluginGateway.Posix;

namespace PluginGateway.Tests.Posix;

/// <summary>Files that are read by a path from outside.</summary>
public sealed class RegularFileTests
{
    [Fact]
    public void A_file_that_tells_no_length_is_read_to_its_end() =>
        Assert.Contains($"({System.Diagnostics.Process.GetCurrentProcess().ProcessName[..4]}", RegularFile.ReadAllText("/proc/self/stat"),
            StringComparison.Ordinal);

    [Fact]
    public void The_bytes_of_a_file_of_the_system_are_those_of_its_text() =>
        Assert.NotEmpty(RegularFile.ReadAllBytes("/proc/self/stat"));
}
