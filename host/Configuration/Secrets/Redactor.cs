using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PluginGateway.Configuration.Secrets;

/// <summary>Secret values met while reading the configuration.</summary>
internal sealed class SecretSet
{
    private readonly HashSet<string> _values = new(StringComparer.Ordinal);
    private readonly List<string> _literals = [];

    /// <summary>Keys whose secret is written into the file itself.</summary>
    public IReadOnlyList<string> Literals => _literals;

    /// <summary>Records the key of a secret that is written out, unless it has a reference.</summary>
    public void AddWritten(string key, string written)
    {
        if (written.Length > 0 && !written.Contains("${", StringComparison.Ordinal)) _literals.Add(key);
    }

    public void Add(string value) => _values.Add(value);

    public Redactor ToRedactor() => new(_values);

    /// <summary>Returns a description without the values.</summary>
    public override string ToString() => $"{_values.Count} secrets";
}

/// <summary>Replaces every known secret in a text. Immutable, so it may be used from any thread.</summary>
internal sealed class Redactor
{
    /// <summary>Least length of a secret that is redacted: shorter values would blank out half of every log line and protect nothing.</summary>
    public const int ShortestSecret = 4;

    public const string Mask = "***";

    public static readonly Redactor None = new([]);

    /// <summary>Least length of a Base64 form that is redacted: Base64 has groups of four characters, which two texts share by chance.</summary>
    private const int ShortestBase64 = 8;

    private readonly string[] _forms;
    private readonly SearchValues<string> _any;

    /// <summary>Creates a redactor of each secret as written and in its forms inside a URL, a JSON text or Base64.</summary>
    public Redactor(IEnumerable<string> secrets)
        : this(secrets.Where(static secret => secret.Length >= ShortestSecret).SelectMany(Forms).ToArray())
    {
    }

    /// <summary>Sorts the forms by length, longest first, because one secret may be part of another.</summary>
    private Redactor(string[] forms)
    {
        _forms = [.. forms.Where(static form => form.Length >= ShortestSecret).Distinct(StringComparer.Ordinal)
            .OrderByDescending(static form => form.Length)];
        _any = SearchValues.Create(_forms, StringComparison.Ordinal);
    }

    /// <summary>Returns a redactor that knows the secrets of both.</summary>
    public Redactor And(Redactor other) => new([.. _forms, .. other._forms]);

    public string Redact(string text)
    {
        if (!text.AsSpan().ContainsAny(_any)) return text;
        foreach (var secret in _forms)
        {
            if (text.Contains(secret, StringComparison.Ordinal)) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    public override string ToString() => $"{_forms.Length} forms of secrets";

    private static IEnumerable<string> Forms(string secret)
    {
        var escaped = Uri.EscapeDataString(secret);
        return
        [
            secret, escaped, LowerEscapes(escaped), WebUtility.UrlEncode(secret), LowerEscapes(WebUtility.UrlEncode(secret)),
            JsonEncodedText.Encode(secret).ToString(),
            .. Base64Forms(secret),
        ];
    }

    private static string LowerEscapes(string escaped) => Regex.Replace(escaped, "%[0-9A-F]{2}", static escape => escape.Value.ToLowerInvariant());

    /// <summary>Returns the Base64 forms of a secret. Inside a longer text, such as <c>user:password</c> of basic authentication, a secret begins at
    /// one of three places in a group; the characters that it shares with its neighbours are left out.</summary>
    private static IEnumerable<string> Base64Forms(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        for (var before = 0; before < 3; before++)
        {
            var whole = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            var first = (before * 8 + 5) / 6;
            var last = (before + bytes.Length) * 8 / 6;
            var form = whole[first..last];
            if (form.Length < ShortestBase64) continue;
            yield return form;
            yield return form.Replace('+', '-').Replace('/', '_');
        }
    }
}
