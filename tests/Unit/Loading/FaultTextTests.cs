using System.Reflection;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

/// <summary>What is kept of an exception for the author of the plugin.</summary>
public sealed class FaultTextTests
{
    private static readonly Predicate<Assembly> Own = static assembly => assembly == typeof(FaultTextTests).Assembly;

    [Fact]
    public async Task Frames_are_named_as_they_were_written_and_the_first_of_the_plugin_is_given_with_its_line()
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(OuterAsync);
        var text = FaultText.Of(thrown, Own)!;
        Assert.Equal("System.InvalidOperationException: the login failed", text.Title);
        Assert.Matches(@"^FaultTextTests\.OuterAsync in FaultTextTests\.cs:\d+$", text.Frame);
        Assert.Matches(@"caused by System\.FormatException: .*\nat ", text.Stack);
        Assert.Matches(@"\nat FaultTextTests\.InnerAsync in FaultTextTests\.cs:\d+", text.Stack);
        Assert.DoesNotContain("MoveNext", text.Stack, StringComparison.Ordinal);
        Assert.DoesNotContain("System.Runtime.CompilerServices", text.Stack, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_frame_of_the_plugin_none_is_given() =>
        Assert.Null(FaultText.Of(Thrown(static () => int.Parse("x", null)), static _ => false)!.Frame);

    [Fact]
    public void Overrides_are_not_asked_but_for_the_message_and_what_that_throws_is_said()
    {
        var text = FaultText.Of(Thrown(static () => throw new Hostile()), Own)!;
        Assert.Equal($"{typeof(Hostile).FullName} (its Message threw System.NotSupportedException)", text.Title);
        Assert.NotNull(text.Frame);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(50_000)]
    public void However_many_causes_there_are_eight_are_told(int depth)
    {
        var chain = Enumerable.Range(0, depth)
            .Aggregate<int, Exception>(new IOException("the first"), static (cause, _) => new IOException("again", cause));
        var text = FaultText.Of(chain)!;
        Assert.Equal(Math.Min(depth, 7), text.Stack.Split("caused by").Length - 1);
        Assert.Equal(depth > 8, text.Stack.EndsWith("... more causes", StringComparison.Ordinal));
    }

    [Fact]
    public void A_circle_ends_and_many_in_one_are_told_one_after_another()
    {
        var circle = new IOException("round");
        typeof(Exception).GetField("_innerException", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(circle, circle);
        Assert.Equal("", FaultText.Of(circle)!.Stack);

        var text = FaultText.Of(new AggregateException(new AggregateException(new IOException("one")), circle, new IOException("two")))!;
        Assert.Equal("System.AggregateException", text.Title);
        Assert.Equal(
            "caused by System.AggregateException\ncaused by System.IO.IOException: one\ncaused by System.IO.IOException: round\ncaused by System.IO.IOException: two",
            text.Stack);
    }

    [Fact]
    public void A_recursion_and_a_message_without_an_end_are_cut_and_secrets_hidden()
    {
        PluginText.Hide(new Redactor(["fault-text-s3cret"]));
        var thrown = Thrown(static () => Recurse(2000));
        var text = FaultText.Of(thrown, Own)!;
        Assert.Equal(20, text.Stack.Split("at FaultTextTests.Recurse").Length - 1);
        Assert.Contains("... more frames", text.Stack, StringComparison.Ordinal);
        Assert.InRange(text.Stack.Length, 1, FaultText.MaxStack);
        Assert.InRange(text.Title.Length, 1, 500);
        Assert.StartsWith("System.IO.IOException: it is *** xxx", text.Title, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", text.Title + text.Stack, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_worker_sends_is_bounded_and_redacted_again()
    {
        PluginText.Hide(new Redactor(["received-s3cret"]));
        var text = FaultText.Received(
            "a received-s3cret\nb", new string('x', 100_000) + "received-s3cret", "received-s3cret" + new string('y', 1000));
        Assert.Equal(("a ***", FaultText.MaxStack), (text.Title, text.Stack.Length));
        Assert.StartsWith("***yyy", text.Frame, StringComparison.Ordinal);
        Assert.Equal(300, text.Frame!.Length);
    }

    private static async Task OuterAsync()
    {
        try
        {
            await InnerAsync();
        }
        catch (FormatException cause)
        {
            throw new InvalidOperationException("the login failed", cause);
        }
    }

    private static async Task InnerAsync()
    {
        await Task.Yield();
        _ = int.Parse("x", null);
    }

    private static void Recurse(int depth)
    {
        if (depth == 0) throw new IOException($"it is fault-text-s3cret {new string('x', 1_000_000)}", new IOException("fault-text-s3cret"));
        Recurse(depth - 1);
    }

    private static Exception Thrown(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            return exception;
        }

        throw new InvalidOperationException("Nothing was thrown.");
    }

    private sealed class Hostile : Exception
    {
        public override string Message => throw new NotSupportedException();

        public override string? StackTrace => throw new NotSupportedException();

        public override string ToString() => throw new NotSupportedException();

        public override bool Equals(object? obj) => throw new NotSupportedException();

        public override int GetHashCode() => throw new NotSupportedException();
    }
}
