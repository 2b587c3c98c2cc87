using PluginGateway.Hosting;

namespace PluginGateway.Tests.Hosting;

public sealed class OpenFilesLimitTests
{
    [Theory]
    [InlineData("160", 2, true)]
    [InlineData("1024", 2, false)]
    [InlineData("1024", 199, true)]
    [InlineData("unlimited", 199, false)]
    public void Too_few_open_files_for_what_is_configured_are_named_with_the_remedy(string soft, int units, bool isFault)
    {
        string[] limits =
        [
            "Limit                     Soft Limit           Hard Limit           Units     ",
            $"Max open files            {soft,-20} {soft,-20} files     ",
        ];
        var fault = OpenFilesLimit.Fault(limits, units);
        Assert.Equal(isFault, fault is not null);
        if (isFault) Assert.Contains($"may have {soft} files open (ulimit -n, LimitNOFILE)", fault, StringComparison.Ordinal);
        Assert.Null(OpenFilesLimit.Fault([], units));
    }
}
