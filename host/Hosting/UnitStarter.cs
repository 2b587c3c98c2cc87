using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>Brings the configured units under supervision.</summary>
internal sealed class UnitStarter(CurrentConfiguration running, UnitRegistry registry, DisabledReasons reasons)
{
    /// <summary>Has every unit configured as soon as the supervisor runs: an enabled unit starts, another stays disabled.</summary>
    public void Configure()
    {
        foreach (var wanted in WantedUnit.Of(running.Value))
        {
            var rest = reasons.Of(wanted.Id);
            registry.FindOrMake(wanted, rest).Post(new ConfigureCommand(registry.ConfigurationOf(wanted), rest) { Renews = true });
        }
    }
}
