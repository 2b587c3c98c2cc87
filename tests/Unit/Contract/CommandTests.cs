namespace PluginGateway.Tests.Contract;

public sealed class CommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Help")]
    [InlineData("h-elp")]
    [InlineData("/help")]
    [InlineData("123456789012345678901234567890123")]
    public void A_command_has_a_name_of_1_to_32_lower_case_letters_digits_and_underscores(string name)
    {
        Assert.ThrowsAny<ArgumentException>(() => new PublishedCommand(name, "text"));
        Assert.Equal("a_1", new PublishedCommand("a_1", "text").Name);
    }

    [Fact]
    public void Descriptions_are_one_line_and_languages_have_two_letters()
    {
        foreach (var text in (string[])["", "two\nlines", new string('x', 257)])
        {
            Assert.ThrowsAny<ArgumentException>(() => new PublishedCommand("c", text));
            Assert.ThrowsAny<ArgumentException>(() => new PublishedCommand("c", "d") { Descriptions = new Dictionary<string, string> { ["de"] = text } });
        }

        Assert.ThrowsAny<ArgumentException>(() => new PublishedCommand("c", "d") { Descriptions = new Dictionary<string, string> { ["DE"] = "x" } });
    }

    [Fact]
    public void A_list_has_each_name_once_and_at_most_100()
    {
        Assert.ThrowsAny<ArgumentException>(() => new CommandPublication([new("a", "b"), new("a", "c")]));
        Assert.ThrowsAny<ArgumentException>(() => new CommandPublication(Enumerable.Range(0, 101).Select(static i => new PublishedCommand($"c{i}", "d"))));
        Assert.Equal(100, new CommandPublication(Enumerable.Range(0, 100).Select(static i => new PublishedCommand($"c{i}", "d"))).Commands.Count);
    }
}
