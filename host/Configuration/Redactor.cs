namespace PluginGateway.Configuration;

/// <summary>The secret values met while reading the configuration.</summary>
internal sealed class SecretSet
{
    private readonly HashSet<string> _values = new(StringComparer.Ordinal);
    private readonly List<string> _literals = [];

    /// <summary>The keys whose secret is written into the file itself.</summary>
    public IReadOnlyList<string> Literals => _literals;

    /// <summary>Notes a secret as it is written, if it is more than a reference.</summary>
    public void AddWritten(string key, string written)
    {
        if (written.Length > 0 && !written.Contains("${", StringComparison.Ordinal)) _literals.Add(key);
    }

    public void Add(string value) => _values.Add(value);

    public Redactor ToRedactor() => new(_values);

    /// <summary>Never the values.</summary>
    public override string ToString() => $"{_values.Count} secrets";
}

/// <summary>Replaces every known secret in a text. Immutable, so it may be used from any thread.</summary>
internal sealed class Redactor
{
    /// <summary>Shorter values would blank out half of every log line and protect nothing.</summary>
    public const int ShortestSecret = 4;

    public const string Mask = "***";

    public static readonly Redactor None = new([]);

    private readonly string[] _secrets;

    /// <summary>Takes each secret as written and as it looks inside a URL or a JSON text; longest first, because one secret may be part of another.</summary>
    public Redactor(IEnumerable<string> secrets) => _secrets =
    [
        .. secrets.SelectMany(Forms).Where(s => s.Length >= ShortestSecret).Distinct(StringComparer.Ordinal).OrderByDescending(s => s.Length),
    ];

    /// <summary>Knows the secrets of both.</summary>
    public Redactor And(Redactor other) => new([.. _secrets, .. other._secrets]);

    public string Redact(string text)
    {
        foreach (var secret in _secrets)
        {
            if (text.Contains(secret, StringComparison.Ordinal)) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    public override string ToString() => $"{_secrets.Length} secrets";

    private static IEnumerable<string> Forms(string secret)
    {
        if (secret.Length < ShortestSecret) return [];
        return [secret, Uri.EscapeDataString(secret), System.Text.Json.JsonEncodedText.Encode(secret).ToString()];
    }
}
