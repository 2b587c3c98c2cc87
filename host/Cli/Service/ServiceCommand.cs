using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Posix;

namespace PluginGateway.Cli.Service;

/// <summary><c>service print systemd|launchd|docker</c>: a unit for this executable and this configuration, to standard output.</summary>
internal static class ServiceCommand
{
    public static int Execute(string manager, CliOptions options, CommandWiring wiring)
    {
        var result = ConfigurationFile.Load(ConfigurationRequest.OfProcess(options.Config, options.Data) with { LenientSecrets = true });
        if (result.Configuration is not { } configuration)
        {
            foreach (var problem in result.Problems.Where(static problem => problem.Severity == ProblemSeverity.Error))
                wiring.Error.WriteLine(problem.ToString());
            wiring.Error.WriteLine("plugin-gateway: a unit cannot be written for a configuration that cannot run.");
            return ExitCodes.Configuration;
        }

        var facts = ServiceFacts.Of(configuration, result.Credentials, result.Variables);
        wiring.Output.Writer.Write(manager switch
        {
            "systemd" => SystemdUnit.Of(facts),
            "launchd" => LaunchdAgent.Of(facts),
            _ => DockerCommand.Of(facts),
        });
        return ExitCodes.Planned;
    }
}
