using System.Text.Json;

namespace PluginGateway;

/// <summary>Settings of an adapter or handler: its <c>settings</c> object of the configuration, with resolved secrets. Immutable; any
/// thread.</summary>
/// <remarks>Settings are text, and no type of a JSON library: a plugin may use any JSON library in any version.</remarks>
public sealed class PluginSettings
{
    private readonly JsonElement _root;

    private PluginSettings(string json, JsonElement root) => (Json, _root) = (json, root);

    /// <summary>Settings of a plugin that has none.</summary>
    public static PluginSettings Empty { get; } = Parse("{}");

    /// <summary>The settings as a JSON object. Never log it: it holds the secrets.</summary>
    public string Json { get; }

    /// <summary>Parses settings, for example in a test.</summary>
    /// <param name="json">A JSON object.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ArgumentException">The text is no JSON object.</exception>
    public static PluginSettings Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var root = JsonElement.Parse(json);
            if (root.ValueKind == JsonValueKind.Object) return new PluginSettings(json, root);
        }
        catch (JsonException)
        {
            // Its message could quote a secret.
        }

        throw new ArgumentException("The settings are no JSON object.", nameof(json));
    }

    /// <summary>Reads the settings, and refuses them if there is any problem. For <see cref="IChannelAdapter.ConnectAsync"/> and
    /// constructors.</summary>
    /// <param name="read">Reads each setting once. It must not throw on a problem: the reader collects them.</param>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <returns>The result of <paramref name="read"/>.</returns>
    /// <exception cref="PluginException">There are problems, an unknown setting among them. The fault
    /// (<see cref="PluginFault.InvalidSettingsCode"/>) has one sentence for each, and waits for the operator.</exception>
    public T Read<T>(Func<SettingsReader, T> read)
    {
        var result = Read(read, out var report);
        if (report.Problems.Count == 0) return result;
        var sentences = string.Join(' ', report.Problems.Select(static problem => $"'{problem.Key}': {problem.Message}"));
        throw new PluginException(new PluginFault(PluginFault.InvalidSettingsCode, sentences, FaultRetry.AfterOperatorAction));
    }

    /// <summary>Reads the settings and collects all problems. For <see cref="IValidateSettings"/> and tests.</summary>
    /// <param name="read">Reads each setting once. It must not throw on a problem: the reader collects them.</param>
    /// <param name="report">Report with every problem, in the order in which they were found; unknown settings last.</param>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <returns>The result of <paramref name="read"/>; of an unusable setting it has the default.</returns>
    public T Read<T>(Func<SettingsReader, T> read, out SettingsReport report)
    {
        ArgumentNullException.ThrowIfNull(read);
        var reader = new SettingsReader(_root);
        var result = read(reader);
        report = reader.Finish();
        return result;
    }

    /// <summary>Returns no value: settings hold secrets.</summary>
    /// <returns>The name of the type.</returns>
    public override string ToString() => nameof(PluginSettings);
}

/// <summary>Report of a validation of settings.</summary>
public sealed record SettingsReport
{
    /// <summary>Report without problems.</summary>
    public static SettingsReport Good { get; } = new([]);

    /// <summary>Creates a report.</summary>
    /// <param name="problems">All problems.</param>
    public SettingsReport(IEnumerable<SettingsProblem> problems) => Problems = Ensure.List(problems, nameof(problems));

    /// <summary>Problems of the settings.</summary>
    public IReadOnlyList<SettingsProblem> Problems { get; }
}

/// <summary>Problem of one setting.</summary>
public sealed record SettingsProblem
{
    /// <summary>Creates a problem.</summary>
    /// <param name="key">Name of the setting, for example <c>token</c> or <c>servers[0].port</c>.</param>
    /// <param name="message">Sentence with the problem and the allowed values. Never the value of a secret.</param>
    /// <exception cref="ArgumentException">The key or the message is empty.</exception>
    public SettingsProblem(string key, string message)
    {
        Key = Ensure.Token(key, nameof(key));
        Message = Ensure.Text(message, nameof(message));
    }

    /// <summary>Name of the setting.</summary>
    public string Key { get; }

    /// <summary>Sentence with the problem and the allowed values.</summary>
    public string Message { get; }
}
