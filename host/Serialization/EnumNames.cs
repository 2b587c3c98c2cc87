namespace PluginGateway.Serialization;

/// <summary>Names of enum values in rows, tokens and frames. A name keeps its meaning when an enum gets another value or another order; a number does
/// not.</summary>
internal static class EnumNames
{
    /// <summary>Returns the name of a value; its digits if it has none.</summary>
    public static string Name<T>(this T value)
        where T : struct, Enum => Array.IndexOf(Of<T>.Values, value) is >= 0 and var at ? Of<T>.Names[at] : value.ToString();

    /// <summary>Returns the value of a name; null: there is no such name, or it is of a newer version.</summary>
    public static T? Parse<T>(ReadOnlySpan<char> name)
        where T : struct, Enum
    {
        for (var i = 0; i < Of<T>.Names.Length; i++)
        {
            if (name.SequenceEqual(Of<T>.Names[i])) return Of<T>.Values[i];
        }

        return null;
    }

    private static class Of<T>
        where T : struct, Enum
    {
        public static readonly T[] Values = Enum.GetValues<T>();
        public static readonly string[] Names = Enum.GetNames<T>();
    }
}
