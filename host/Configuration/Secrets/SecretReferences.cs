using System.Text;
using Microsoft.Win32.SafeHandles;
using PluginGateway.Posix;

namespace PluginGateway.Configuration.Secrets;

/// <summary>Replaces <c>${env:NAME}</c>, <c>${file:PATH}</c> and <c>${cred:NAME}</c> (a file in <c>$CREDENTIALS_DIRECTORY</c>) in a text; <c>$${</c>
/// stands for a literal <c>${</c>.</summary>
internal sealed class SecretReferences(IReadOnlyDictionary<string, string> environment, string baseDirectory, SecretSet secrets)
{
    private const string Syntax = "allowed: ${env:NAME}, ${file:PATH} and ${cred:NAME}; write $${ for a literal ${";
    private const int LargestFile = 64 * 1024;

    private const string CredentialsDirectory = "CREDENTIALS_DIRECTORY";

    private readonly List<(string Key, string Fault)> _unresolved = [];
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _credentials = new(StringComparer.Ordinal);
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);

    /// <summary>True when the values will not be used: a missing secret is no error then.</summary>
    public bool IsLenient { get; init; }

    /// <summary>The files that were read, as full paths.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>The names of credentials that the service manager has to provide.</summary>
    public IReadOnlyCollection<string> Credentials => _credentials;

    /// <summary>The names of the environment variables that are referred to.</summary>
    public IReadOnlyCollection<string> Variables => _variables;

    /// <summary>Returns the first reference below a key that could not be resolved, as a sentence; null when there is none.</summary>
    public string? UnresolvedBelow(string path) => _unresolved
        .Where(u => u.Key.StartsWith(path + ".", StringComparison.Ordinal))
        .Select(u => $"{u.Key}: {u.Fault}")
        .FirstOrDefault();

    /// <summary>Returns the resolved text, or null after reporting every reference in it that cannot be resolved.</summary>
    public string? Resolve(string key, string text, ProblemList problems, ProblemSeverity unresolved = ProblemSeverity.Error)
    {
        if (!text.Contains("${", StringComparison.Ordinal)) return text;

        var resolved = new StringBuilder();
        var complete = true;
        for (var at = 0; at < text.Length;)
        {
            if (StartsAt(text, at, "$${"))
            {
                resolved.Append("${");
                at += 3;
            }
            else if (StartsAt(text, at, "${"))
            {
                var end = text.IndexOf('}', at);
                if (end < 0)
                {
                    Unresolved($"contains '${{' without its '}}'; {Syntax}.");
                    return null;
                }

                var (value, fault) = Look(text[(at + 2)..end], key, problems);
                if (value is null) Unresolved(fault!);
                else secrets.Add(value);
                complete &= value is not null;
                resolved.Append(value);
                at = end + 1;
            }
            else
            {
                resolved.Append(text[at++]);
            }
        }

        if (complete) secrets.Add(resolved.ToString());
        return complete ? resolved.ToString() : null;

        void Unresolved(string fault)
        {
            _unresolved.Add((key, fault));
            problems.Add(new(problems.File, key, null, fault, IsLenient ? ProblemSeverity.Notice : unresolved));
        }
    }

    private static bool StartsAt(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private (string? Value, string? Fault) Look(string reference, string key, ProblemList problems)
    {
        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        var name = reference[(colon + 1)..];
        return (colon < 0 || name.Length == 0 ? "" : reference[..colon]) switch
        {
            "env" => FromEnvironment(name),
            "file" => FromFile(name, key, problems),
            "cred" => FromServiceManager(name, key, problems),
            // The text between the braces is not shown: it may be part of a password that was not meant as a reference.
            _ => (null, $"contains a ${{...}} that is no reference; {Syntax}."),
        };
    }

    private (string? Value, string? Fault) FromEnvironment(string name)
    {
        _variables.Add(name);
        if (!environment.TryGetValue(name, out var value)) return (null, $"environment variable '{name}' is not set.");
        return value.Length == 0 ? (null, $"environment variable '{name}' is empty.") : (value, null);
    }

    private (string? Value, string? Fault) FromServiceManager(string name, string key, ProblemList problems)
    {
        if (name is "." or ".." || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            return (null, $"'{name}' is no name of a credential; allowed: letters, digits, . _ -, and no folder.");
        _credentials.Add(name);
        if (environment.GetValueOrDefault(CredentialsDirectory) is not { Length: > 0 } folder)
            return (null,
                $"credential '{name}' comes from the service manager, and {CredentialsDirectory} is not set (systemd: LoadCredential={name}:/path/to/file).");
        return FromFile(Path.Combine(folder, name), key, problems, isGuarded: true);
    }

    private (string? Value, string? Fault) FromFile(string name, string key, ProblemList problems, bool isGuarded = false)
    {
        var path = Path.GetFullPath(name, baseDirectory);
        _files.Add(path);
        try
        {
            using var file = RegularFile.OpenRead(path);
            var bytes = new byte[LargestFile + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > LargestFile) return (null, $"file '{path}' is larger than {LargestFile / 1024} KiB; a secret was expected.");

            // The service manager guards its folder as a whole.
            if (!isGuarded) WarnIfOthersMayRead(file.SafeFileHandle, path, key, problems);
            var value = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length).TrimEnd('\r', '\n');
            return value.Length == 0 ? (null, $"file '{path}' is empty.") : (value, null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"file '{path}' was not found.");
        }
        catch (DecoderFallbackException)
        {
            return (null, $"file '{path}' is not UTF-8 text.");
        }
        catch (IOException e)
        {
            return (null, $"file {e.Message}");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or NotSupportedException)
        {
            return (null, $"file '{path}' cannot be read ({e.GetType().Name}).");
        }
    }

    private static void WarnIfOthersMayRead(SafeFileHandle file, string path, string key, ProblemList problems)
    {
        if (OperatingSystem.IsWindows()) return;

        var mode = File.GetUnixFileMode(file);
        if ((mode & ~OwnerOnly.Folder) == UnixFileMode.None) return;
        problems.Warning(
            key, null, $"file '{path}' has mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}: others may read the secret; use chmod 600.");
    }
}
