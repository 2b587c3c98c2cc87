using PluginGateway.Cli.Service;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Cli.Service;

/// <summary>Which data directory a command is about that was not told.</summary>
public sealed class ServiceLocationsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string Usual => Path.Combine(_folder.Path, "data");

    private string Service => Path.Combine(_folder.Path, "service");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_runs_in_the_usual_directory_and_a_service_does_in_its_own()
    {
        Run(Service, "/etc/plugins.json");
        foreach (var use in new[] { DataUse.Gateway, DataUse.Store })
        {
            var (directory, note) = Choose("/etc/plugins.json", use);
            Assert.Equal(Service, directory);
            Assert.Contains(Service, note, StringComparison.Ordinal);
            Assert.Equal(Service, Choose(null, use).Directory);
        }
    }

    [Fact]
    public void A_gateway_of_another_configuration_is_named_and_not_taken()
    {
        Run(Service, "/etc/plugins.json");
        foreach (var use in new[] { DataUse.Gateway, DataUse.Store, DataUse.Replace })
        {
            var (directory, note) = Choose("/home/me/plugins.json", use);
            Assert.Equal(Usual, directory);
            Assert.Contains($"'/etc/plugins.json', is in '{Service}'", note, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_usual_directory_is_taken_without_a_word_where_a_gateway_runs_in_it_or_no_service_is_known()
    {
        Assert.Equal((Usual, null), Choose(null, DataUse.Gateway));
        Run(Usual, null);
        Run(Service, null);
        foreach (var use in Enum.GetValues<DataUse>()) Assert.Equal((Usual, null), Choose(null, use));
    }

    [Fact]
    public void A_store_of_ones_own_is_not_left_for_a_services_nor_replaced_in_a_place_that_was_not_said()
    {
        Store(Service);
        Assert.Equal(Service, Choose(null, DataUse.Store).Directory);
        Assert.Equal(Usual, Choose(null, DataUse.Replace).Directory);
        Run(Service, null);
        Store(Usual);
        var (directory, note) = Choose(null, DataUse.Store);
        Assert.Equal(Usual, directory);
        Assert.Contains($"a gateway runs in '{Service}'", note, StringComparison.Ordinal);
        // Of two stores the one that runs is asked how it is.
        Assert.Equal(Service, Choose(null, DataUse.Gateway).Directory);
    }

    [Fact]
    public void A_file_that_a_killed_gateway_left_behind_in_the_usual_directory_hides_no_service()
    {
        Directory.CreateDirectory(Usual);
        (PidFile.Of(ProcessIdentity.Current with { Start = "another boot/1" }, DateTimeOffset.UnixEpoch, "0.1.0", null)).Write(Usual);
        Run(Service, null);
        Assert.Equal(Service, Choose(null, DataUse.Gateway).Directory);
    }

    [Fact]
    public void A_service_whose_directory_cannot_be_entered_is_said_and_not_passed_over()
    {
        // As DynamicUser has it: a link into a folder of root's.
        File.CreateSymbolicLink(Service, Path.Combine(_folder.Path, "private", "service"));
        var (directory, note) = Choose(null, DataUse.Gateway);
        Assert.Equal(Usual, directory);
        Assert.Contains($"'{Service}' cannot be looked at by this user", note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_was_said_is_taken_whatever_runs_elsewhere()
    {
        Run(Service, null);
        var commandFixture = new CommandFixture { ServicePlaces = [Service] };
        Assert.Equal(1, commandFixture.Invoke("status", "--data", Usual, "--json"));
        Assert.Contains("\"down\"", commandFixture.Output, StringComparison.Ordinal);
        Assert.Empty(commandFixture.Error);
        Assert.Equal(1, commandFixture.Invoke("status", "--json"));
        Assert.Contains(Service, commandFixture.Error, StringComparison.Ordinal);
    }

    private (string Directory, string? Note) Choose(string? configuration, DataUse use) =>
        new ServiceLocations([Service]).Choose(Usual, configuration, use);

    private static void Run(string directory, string? configuration)
    {
        Directory.CreateDirectory(directory);
        (PidFile.Of(ProcessIdentity.Current, DateTimeOffset.UnixEpoch, "0.1.0", null) with { Configuration = configuration }).Write(directory);
    }

    private static void Store(string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "gateway.db"), "x");
    }
}
