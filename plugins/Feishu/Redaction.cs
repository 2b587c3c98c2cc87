namespace PluginGateway.Plugins.Feishu;

/// <summary>Removes secrets from texts of a server, which may repeat parts of a request.</summary>
internal sealed class Redaction(IEnumerable<string> secrets)
{
    private const string Mark = "***";
    private const int MostLength = 300;

    private readonly string[] _secrets = [.. secrets];
    private volatile string? _token;

    /// <summary>Adds the access token in use to the secrets.</summary>
    public void Learn(string token) => _token = token;

    /// <summary>Returns one line of bounded length without a secret in it.</summary>
    public string Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "(it gave no reason)";
        foreach (var secret in _secrets) text = text.Replace(secret, Mark, StringComparison.Ordinal);
        if (_token is { } token) text = text.Replace(token, Mark, StringComparison.Ordinal);
        text = string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c));
        return text.Length <= MostLength ? text : $"{text[..MostLength]}...";
    }
}
