using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;

namespace PluginGateway;

/// <summary>Checks and copies of constructor arguments of the data types.</summary>
internal static class Ensure
{
    private const int MaxTokenLength = 512;
    private static readonly ReadOnlyDictionary<string, string> NoEntries = new(new Dictionary<string, string>());

    /// <summary>Checks an identifier: not empty, at most 512 characters or as many as given, no control characters.</summary>
    internal static string Token(string value, string name, int most = MaxTokenLength)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        if (value.Length > most)
            throw new ArgumentException($"'{value[..32]}...' has {value.Length} characters; at most {most} are allowed.", name);
        foreach (var c in value)
        {
            if (char.IsControl(c)) throw new ArgumentException($"The value has the control character U+{(int)c:X4}.", name);
        }

        return value;
    }

    internal static string? OptionalToken(string? value, string name) => value is null ? null : Token(value, name);

    /// <summary>Checks a required value of a record.</summary>
    internal static T NotNull<T>(T value, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    internal static string Text(string value, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value, name);
        return value;
    }

    internal static IReadOnlyList<T> List<T>(IEnumerable<T>? values, [CallerMemberName] string name = "")
        where T : class
    {
        if (values is null) throw new ArgumentNullException(name);
        var copy = values.ToArray();
        if (Array.Exists(copy, static item => item is null)) throw new ArgumentException("The list has a null item.", name);
        return copy.Length == 0 ? [] : new ReadOnlyCollection<T>(copy);
    }

    /// <summary>Copies a list of identifiers, one at least.</summary>
    internal static IReadOnlyList<string> Tokens(IEnumerable<string>? values, string name)
    {
        var copy = List(values, name);
        if (copy.Count == 0) throw new ArgumentException("The list is empty.", name);
        foreach (var value in copy) Token(value, name);
        return copy;
    }

    internal static IReadOnlyDictionary<string, string> Map(
        IEnumerable<KeyValuePair<string, string>>? values, IEqualityComparer<string>? comparer = null, [CallerMemberName] string name = "")
    {
        if (values is null) throw new ArgumentNullException(name);
        Dictionary<string, string>? copy = null;
        foreach (var (key, value) in values)
        {
            if (value is null) throw new ArgumentException($"The value of '{key}' is null.", name);
            (copy ??= new Dictionary<string, string>(comparer ?? StringComparer.Ordinal))[key] = value;
        }

        return copy is null ? NoEntries : new ReadOnlyDictionary<string, string>(copy);
    }

    /// <summary>Copies options whose names have a platform before a dot.</summary>
    internal static IReadOnlyDictionary<string, string> Options(
        IEnumerable<KeyValuePair<string, string>>? values, [CallerMemberName] string name = "")
    {
        var map = Map(values, name: name);
        foreach (var key in map.Keys)
        {
            if (key.IndexOf('.', StringComparison.Ordinal) is var dot && (dot <= 0 || dot == key.Length - 1))
                throw new ArgumentException($"The option '{Token(key, name)}' names no platform; write it as 'telegram.protect_content'.", name);
        }

        return map;
    }

    /// <summary>Checks that a number is at most so far from zero.</summary>
    internal static double Within(double value, double most, string name) => Math.Abs(value) <= most ? value
        : throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"The value must be between {-most} and {most}."));

    internal static T Defined<T>(T value, string name)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"'{value}' is no {typeof(T).Name}.");
}
