using PluginGateway.Loading.Inspection;

namespace PluginGateway.Tests.Contract;

public sealed class SharedAssembliesTests
{
    /// <summary>Exists as a part of the framework only. An assembly that ships as a package too (System.Text.Json does) could come with
    /// a plugin in another version, whose types are not the host's.</summary>
    [Fact]
    public void No_type_of_an_assembly_that_ships_as_a_package_crosses_the_contract() => Assert.Equal(
        ["System.Runtime"], HostContract.Instance.Shared);
}
