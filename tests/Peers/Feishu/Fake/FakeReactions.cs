namespace PluginGateway.FakeFeishu;

/// <summary>Names of reactions that the fake knows: those of the vendor's list that its own plugin uses (larksuite/openclaw-lark, reactions.ts), and
/// <c>Typing</c>. Upper and lower case differ.</summary>
internal static class FakeReactions
{
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.Ordinal)
    {
        "THUMBSUP",
        "OK",
        "THANKS",
        "MUSCLE",
        "APPLAUSE",
        "FISTBUMP",
        "SMILE",
        "BLUSH",
        "LAUGH",
        "LOL",
        "LOVE",
        "WINK",
        "PROUD",
        "THINKING",
        "SOB",
        "CRY",
        "ANGRY",
        "HEART", "HEARTBROKEN", "PARTY", "Fire", "GIFT", "ROSE", "BEER", "CAKE", "DONE", "CrossMark", "Hundred", "GLANCE", "Typing",
    };
}
