using System.IO.Pipes;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Posix;

public sealed class DescriptorWatchTests
{
    [Fact]
    public void A_pipe_that_is_there_for_a_moment_of_the_start_only_is_not_missed_later()
    {
        var watch = new DescriptorWatch();
        string[] closed;
        using (var pipe = new AnonymousPipeServerStream(PipeDirection.Out))
        using (var reader = pipe.ClientSafePipeHandle)
        {
            closed = [.. new[] { pipe.SafePipeHandle, reader }.Select(static end => $"descriptor {end.DangerousGetHandle()} (")];
            watch.Begin(-1);
        }

        // Others of this process, such as the listeners of tests that run beside, may be gone too.
        var change = watch.FindChange() ?? "";
        Assert.All(closed, end => Assert.DoesNotContain(end, change, StringComparison.Ordinal));
    }
}
