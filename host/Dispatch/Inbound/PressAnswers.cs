using PluginGateway.Access;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Answers to interactions: the sentence for the person, in the language that the platform reports, otherwise in English.</summary>
internal static class PressAnswers
{
    private static readonly Dictionary<string, (string AlreadyTaken, string NotForYou, string Expired)> Sentences = new(StringComparer.Ordinal)
    {
        ["en"] = ("This has been answered already.", "This button is not for you.", "This button does not work any more."),
        ["de"] = ("Das wurde schon beantwortet.", "Dieser Knopf ist nicht für Sie.", "Dieser Knopf wirkt nicht mehr."),
        ["es"] = ("Esto ya se ha respondido.", "Este botón no es para usted.", "Este botón ya no funciona."),
        ["fr"] = ("Une réponse a déjà été donnée.", "Ce bouton n'est pas pour vous.", "Ce bouton ne fonctionne plus."),
        ["ja"] = ("すでに回答済みです。", "このボタンはあなた用ではありません。", "このボタンはもう使えません。"),
        ["pt"] = ("Isto já foi respondido.", "Este botão não é para si.", "Este botão já não funciona."),
        ["ru"] = ("На это уже ответили.", "Эта кнопка не для вас.", "Эта кнопка больше не действует."),
        ["zh"] = ("已经有人回答了。", "这个按钮不是给你的。", "这个按钮已失效。"),
    };

    /// <summary>Returns the answer for a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="language">The person's language as a tag of BCP 47 (<c>de-CH</c>), or null.</param>
    public static InteractionAnswer Of(InteractionVerdict verdict, string? language)
    {
        var texts = SenderLanguage.Choose(Sentences, language);
        return new(verdict, verdict switch
        {
            InteractionVerdict.AlreadyTaken => texts.AlreadyTaken,
            InteractionVerdict.NotForYou => texts.NotForYou,
            InteractionVerdict.Expired => texts.Expired,
            _ => null,
        });
    }

    /// <summary>Returns the verdict that a person is told of a discarded event.</summary>
    public static InteractionVerdict VerdictOf(DiscardCause cause) => cause switch
    {
        DiscardCause.PressTaken => InteractionVerdict.AlreadyTaken,
        DiscardCause.PressExpired => InteractionVerdict.Expired,
        _ => InteractionVerdict.NotForYou,
    };

    /// <summary>Returns the cause for which a press with this verdict is discarded.</summary>
    public static DiscardCause CauseOf(InteractionVerdict verdict) => verdict switch
    {
        InteractionVerdict.AlreadyTaken => DiscardCause.PressTaken,
        InteractionVerdict.NotForYou => DiscardCause.PressNotForYou,
        _ => DiscardCause.PressExpired,
    };
}
