using System.Text.Json;
using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Posix;

namespace PluginGateway.Configuration.Files;

/// <summary>Turns a request into a validated configuration, or into the list of all its problems.</summary>
internal static class ConfigurationFile
{
    public static ConfigurationResult Load(ConfigurationRequest request)
    {
        var (source, fault) = ConfigurationSource.Find(request);
        var problems = new ProblemList(source.Name);
        var secrets = new SecretSet();
        var references = new SecretReferences(request.Environment, source.BaseDirectory, secrets) { IsLenient = request.LenientSecrets };
        var scope = new ReadScope(
            problems,
            references,
            secrets,
            source.BaseDirectory,
            DisconnectOverride.Read(request.Environment, problems));
        if (fault is not null) problems.Error("", null, fault);
        var http = HttpOverride(request, problems);

        GatewayConfiguration? configuration = null;
        if (source.Text is not null && ConfigurationDocument.Parse(source.Text, problems) is { } root)
        {
            configuration = Read(root, source, scope, request);
            configuration = configuration with { SecretFiles = [.. references.Files] };
            if (http is not null) configuration = configuration with { Gateway = configuration.Gateway with { Http = http } };
            ConfigurationRules.Check(configuration, problems);
            StopLimit.Check(configuration.Gateway, request.Environment, problems);
            if (request.Modes != ModeCheck.None) CheckModes(configuration, source, secrets, request, problems);
            if (request.ConfinesErrors) configuration = AdapterErrors.Confine(configuration, problems);
        }

        var redactor = secrets.ToRedactor();
        return new(problems.HasErrors ? null : configuration, problems.Redacted(redactor), redactor, problems.KnownKeys)
        {
            Credentials = references.Credentials,
            Variables = references.Variables,
            Written = configuration
        };
    }

    private static GatewayConfiguration Read(JsonElement root, ConfigurationSource source, ReadScope scope, ConfigurationRequest request)
    {
        var reader = new ObjectReader(root, "", scope.Problems);
        reader.Text("$schema", null);
        var gateway = GatewayOptions.Read(reader.Object("gateway"), scope, request);
        var handler = HandlerOptions.Read(reader.Object("handler"), gateway, scope, pluginRequired: false, ProblemSeverity.Error);
        var items = reader.Items("adapters") ?? BuiltInAdapters;
        var adapters = items.Select(i => AdapterOptions.Read(new ObjectReader(i.Value, i.Key, scope.Problems), gateway, handler, scope)).ToArray();
        reader.RejectUnknown();
        return new(gateway, handler, adapters, source.Name, source.BaseDirectory);
    }

    private static void CheckModes(
        GatewayConfiguration configuration, ConfigurationSource source, SecretSet secrets, ConfigurationRequest request, ProblemList problems)
    {
        var trust = request.Trust ?? FileTrust.OfProcess();
        ModeRules.Check(configuration, source.File, request.Modes, trust, problems);
        if (source.File is not { } file || FileFacts.Of(file) is not { } facts || !trust.IsReadByOthers(facts)) return;
        string[] disabled = [.. configuration.Adapters.Where(static adapter => !adapter.Enabled).Select(static adapter => adapter.Path + ".")];
        foreach (var key in secrets.Literals.Where(key => !disabled.Any(path => key.StartsWith(path, StringComparison.Ordinal)))) problems.Warning(
            key, null,
            $"is a secret that is written into a file others may read ('{file}'); use chmod 600, or ${{file:PATH}}, ${{cred:NAME}} or ${{env:NAME}}.");
    }

    private static IReadOnlyList<(string Key, JsonElement Value)> BuiltInAdapters =>
        new ObjectReader(JsonElement.Parse(GatewayConfiguration.BuiltIn), "", new ProblemList(GatewayConfiguration.BuiltInSource)).Items("adapters")!;

    private static Uri? HttpOverride(ConfigurationRequest request, ProblemList problems)
    {
        if (request.HttpUrl is null) return null;
        if (Rules.HttpAddress(request.HttpUrl) is not { } fault) return new Uri(request.HttpUrl);
        problems.Add(new(ProblemList.CommandLine, "--http", request.HttpUrl, fault));
        return null;
    }
}
