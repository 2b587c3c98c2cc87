using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PluginGateway;

/// <summary>Reader of one object of settings, setting by setting. It throws on no problem but collects each: an absent required setting, a value of
/// the wrong kind or out of its range, and a setting that was not read and is therefore unknown. One thread; only while
/// <see cref="PluginSettings.Read{T}(Func{SettingsReader, T})"/> runs.</summary>
/// <remarks>
/// <para>A method without a default returns null where the setting is absent or <c>null</c>; one whose name begins with <c>Required</c> reports that.
/// An unusable value has been reported, and counts as absent.</para>
/// <para>No sentence of a problem has the value: it may be a secret.</para>
/// </remarks>
public sealed class SettingsReader
{
    private static readonly Uri Nowhere = new("https://invalid/");

    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];
    private readonly List<SettingsReader> _nested = [];
    private readonly string _path;
    private readonly Findings _findings;

    internal SettingsReader(JsonElement root)
        : this(root, "", new Findings())
    {
    }

    private SettingsReader(JsonElement? value, string path, Findings findings)
    {
        (_path, _findings) = (path, findings);
        if (value is not { } given) return;
        foreach (var member in given.EnumerateObject()) _members[member.Name] = member.Value;
    }

    /// <summary>Names of the settings that are given, for an object whose names are free, for example one of headers.</summary>
    public IReadOnlyCollection<string> Names => _members.Keys;

    /// <summary>Returns true if a setting is given and not <c>null</c>.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <returns>True if it is given.</returns>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Reads a text.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <returns>The text, or null.</returns>
    public string? Text(string name) => Text(name, "text in double quotes", static _ => true);

    /// <summary>Reads a text.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="otherwise">Default.</param>
    /// <returns>The text.</returns>
    public string Text(string name, string otherwise) => Text(name) ?? otherwise;

    /// <summary>Reads a text that must be given.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <returns>The text; empty after a problem.</returns>
    public string RequiredText(string name) => Text(name) ?? Missing(name, "text in double quotes", "");

    /// <summary>Reads a password, token or key: one line of text.</summary>
    /// <param name="name">Name of the setting. The host keeps its value out of logs if the name ends in <c>token</c>, <c>secret</c>,
    /// <c>password</c>, <c>passphrase</c>, <c>key</c> or <c>credential</c>, or if the configuration refers to it (<c>${env:NAME}</c>).</param>
    /// <param name="leastBytes">Least length in bytes of UTF-8.</param>
    /// <returns>The secret, or null.</returns>
    public string? Secret(string name, int leastBytes = 1) => Text(name, SecretKind(leastBytes),
        text => Encoding.UTF8.GetByteCount(text) >= leastBytes && !text.Any(char.IsControl));

    /// <summary>Reads a password, token or key that must be given. Otherwise as <see cref="Secret"/>.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="leastBytes">Least length in bytes of UTF-8.</param>
    /// <returns>The secret; empty after a problem.</returns>
    public string RequiredSecret(string name, int leastBytes = 1) =>
        Secret(name, leastBytes) ?? Missing(name, $"{SecretKind(leastBytes)}; use ${{env:NAME}} or ${{file:PATH}}", "");

    /// <summary>Reads one of several words.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="allowed">The words.</param>
    /// <param name="otherwise">Default.</param>
    /// <returns>The word.</returns>
    public string Choice(string name, IReadOnlyCollection<string> allowed, string otherwise) =>
        Text(name, $"one of {Quoted(allowed)}", allowed.Contains) ?? otherwise;

    /// <summary>Reads a switch.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="otherwise">Default.</param>
    /// <returns>True if it is on.</returns>
    public bool Switch(string name, bool otherwise) => Find(name) is not { } value ? otherwise : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => Unusable(name, "true or false, without quotes", otherwise),
    };

    /// <summary>Reads a whole number.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <returns>The number, or null.</returns>
    public int? WholeNumber(string name, int least, int most) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most ? number
        : Unusable<int?>(name, WholeKind(least, most), null);

    /// <summary>Reads a whole number.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <param name="otherwise">Default.</param>
    /// <returns>The number.</returns>
    public int WholeNumber(string name, int least, int most, int otherwise) => WholeNumber(name, least, most) ?? otherwise;

    /// <summary>Reads a whole number that must be given.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <returns>The number; <paramref name="least"/> after a problem.</returns>
    public int RequiredWholeNumber(string name, int least, int most) =>
        WholeNumber(name, least, most) ?? Missing(name, WholeKind(least, most), least);

    /// <summary>Reads a number.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <returns>The number, or null.</returns>
    public double? Number(string name, double least, double most) => Number(name, least, most, "a number");

    /// <summary>Reads a number.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <param name="otherwise">Default.</param>
    /// <returns>The number.</returns>
    public double Number(string name, double least, double most, double otherwise) => Number(name, least, most) ?? otherwise;

    /// <summary>Reads a duration in seconds, with fractions. Give the setting a name that ends in <c>Seconds</c>.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <returns>The duration, or null.</returns>
    public TimeSpan? Duration(string name, TimeSpan least, TimeSpan most) =>
        Number(name, least.TotalSeconds, most.TotalSeconds, "a number of seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Reads a duration in seconds, with fractions. Give the setting a name that ends in <c>Seconds</c>.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <param name="otherwise">Default.</param>
    /// <returns>The duration.</returns>
    public TimeSpan Duration(string name, TimeSpan least, TimeSpan most, TimeSpan otherwise) => Duration(name, least, most) ?? otherwise;

    /// <summary>Reads the address of a server: https, or http to this machine, without user and password.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="rules">Further rules.</param>
    /// <returns>The address, or null.</returns>
    public Uri? Address(string name, AddressRules rules = AddressRules.None)
    {
        var allowsPlain = rules.HasFlag(AddressRules.PlainHttpBySetting) && Switch(SettingsAddress.PlainHttpSetting, false);
        return Text(name, SettingsAddress.Kind(rules), text => SettingsAddress.Read(text, rules, allowsPlain) is not null) is { } good
            ? SettingsAddress.Read(good, rules, allowsPlain) : null;
    }

    /// <summary>Reads the address of a server that must be given. Otherwise as <see cref="Address"/>.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="rules">Further rules.</param>
    /// <returns>The address; <c>https://invalid/</c> after a problem.</returns>
    public Uri RequiredAddress(string name, AddressRules rules = AddressRules.None) =>
        Address(name, rules) ?? Missing(name, SettingsAddress.Kind(rules), Nowhere);

    /// <summary>Reads a list of texts.</summary>
    /// <param name="name">Name of the setting. The problem of an item is reported for <c>name[0]</c>.</param>
    /// <returns>The texts, an unusable one as an empty text; no texts if the setting is absent.</returns>
    public IReadOnlyList<string> Texts(string name) => [.. Items(name, "a list of texts").Select(item =>
        item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : Unusable(item.Name, "text in double quotes", ""))];

    /// <summary>Reads a list of words.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="allowed">The words.</param>
    /// <param name="otherwise">Default, for an absent setting.</param>
    /// <returns>The words, without unusable ones.</returns>
    public IReadOnlyList<string> Choices(string name, IReadOnlyCollection<string> allowed, IReadOnlyList<string> otherwise) =>
        !Has(name) ? otherwise
        : [.. Items(name, $"a list of {Quoted(allowed)}")
            .Where(item => (item.Value.ValueKind == JsonValueKind.String && allowed.Contains(item.Value.GetString()!))
                || Unusable(item.Name, $"one of {Quoted(allowed)}", false))
            .Select(static item => item.Value.GetString()!)];

    /// <summary>Reads a nested object.</summary>
    /// <param name="name">Name of the setting. Its settings are reported as <c>name.other</c>.</param>
    /// <returns>Reader of the object, of an empty one if the setting is absent.</returns>
    public SettingsReader Section(string name) => Nested(name, Find(name));

    /// <summary>Reads a list of objects.</summary>
    /// <param name="name">Name of the setting. The settings of an item are reported as <c>name[0].other</c>.</param>
    /// <returns>Reader of each object; empty if the setting is absent.</returns>
    public IReadOnlyList<SettingsReader> Sections(string name) =>
        [.. Items(name, "a list of objects").Select(item => Nested(item.Name, item.Value))];

    /// <summary>Reports a problem that only the plugin can see.</summary>
    /// <param name="name">Name of the setting, or of an item (<c>channels[2]</c>).</param>
    /// <param name="message">Sentence with the problem and the allowed values, for example "It must be ...". Never the value.</param>
    /// <remarks>Left out if the value of that setting could not be read: then it has a problem already.</remarks>
    public void Problem(string name, string message)
    {
        var key = KeyOf(name);
        if (!_findings.Unusable.Contains(key)) _findings.Problems.Add(new SettingsProblem(key, message));
    }

    internal SettingsReport Finish()
    {
        RejectUnknown();
        return new SettingsReport(_findings.Problems);
    }

    private static string WholeKind(int least, int most) => string.Create(
        CultureInfo.InvariantCulture, $"a whole number, without quotes, from {least} to {most}");

    private static string SecretKind(int leastBytes) =>
        leastBytes <= 1 ? "one line of text that is not empty" : $"one line of text of at least {leastBytes} bytes";

    private static string Quoted(IReadOnlyCollection<string> words) => string.Join(", ", words.Select(static word => $"'{word}'"));

    private JsonElement? Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!_known.Contains(name)) _known.Add(name);
        return _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private string? Text(string name, string kind, Func<string, bool> isAllowed) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String && isAllowed(value.GetString()!) ? value.GetString()
        : Unusable<string?>(name, kind, null);

    private double? Number(string name, double least, double most, string kind) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most ? number
        : Unusable<double?>(name, string.Create(CultureInfo.InvariantCulture, $"{kind}, without quotes, from {least} to {most}"), null);

    private IEnumerable<(string Name, JsonElement Value)> Items(string name, string kind) => Find(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select((item, index) => ($"{name}[{index}]", item))
        : Unusable<IEnumerable<(string, JsonElement)>>(name, kind, []);

    private SettingsReader Nested(string name, JsonElement? value)
    {
        if (value is { ValueKind: not JsonValueKind.Object }) value = Unusable<JsonElement?>(name, "an object", null);
        var reader = new SettingsReader(value, $"{_path}{name}.", _findings);
        _nested.Add(reader);
        return reader;
    }

    private T Missing<T>(string name, string kind, T otherwise)
    {
        Problem(name, $"It is missing; it must be {kind}.");
        return otherwise;
    }

    private T Unusable<T>(string name, string kind, T otherwise)
    {
        Problem(name, $"It must be {kind}.");
        _findings.Unusable.Add(KeyOf(name));
        return otherwise;
    }

    /// <summary>Reports the settings that were not read. A misspelt setting has this problem only, and not also that the meant one is
    /// missing.</summary>
    private void RejectUnknown()
    {
        foreach (var name in _members.Keys.Except(_known, StringComparer.Ordinal))
        {
            var meant = NearestName.Of(name, _known);
            if (meant is not null && !_members.ContainsKey(meant)) _findings.Problems.RemoveAll(problem => problem.Key == KeyOf(meant));
            _findings.Problems.Add(new SettingsProblem(KeyOf(name), meant is null
                ? $"There is no such setting; allowed: {string.Join(", ", _known)}."
                : $"There is no such setting; did you mean '{meant}'?"));
        }

        foreach (var nested in _nested) nested.RejectUnknown();
    }

    /// <summary>Returns the name with its path, in a form that a problem can have: an unknown name may be empty or endless.</summary>
    private string KeyOf(string name)
    {
        const int most = 256;
        var key = string.Concat((_path + name).Take(most).Select(static c => char.IsControl(c) ? '?' : c));
        return key.Length == 0 ? "settings" : key;
    }

    /// <summary>Problems of all readers of one pass.</summary>
    private sealed class Findings
    {
        public List<SettingsProblem> Problems { get; } = [];

        /// <summary>Keys whose value could not be read.</summary>
        public HashSet<string> Unusable { get; } = new(StringComparer.Ordinal);
    }
}
