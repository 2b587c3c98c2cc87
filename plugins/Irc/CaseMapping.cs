namespace PluginGateway.Plugins.Irc;

/// <summary>Comparison of names by a server (005 CASEMAPPING). RFC 1459 counts <c>{}|^</c> as the lower case of <c>[]\~</c>; newer mappings compare
/// ASCII at least.</summary>
internal static class CaseMapping
{
    public const string Default = "rfc1459";

    public static string Fold(string name, string mapping)
    {
        var last = mapping switch { Default => '^', "rfc1459-strict" or "strict-rfc1459" => ']', _ => 'Z' };
        return string.Create(name.Length, (name, last), static (folded, given) =>
        {
            for (var i = 0; i < folded.Length; i++)
            {
                var c = given.name[i];
                folded[i] = c is >= 'A' && c <= given.last ? (char)(c + 32) : c;
            }
        });
    }
}
