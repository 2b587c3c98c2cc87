namespace PluginGateway.Plugins.Telegram;

/// <summary>Options of a message that only Telegram has, by the names of the Bot API (sendMessage).</summary>
/// <param name="IsProtected">True: the message can be neither forwarded nor saved.</param>
/// <param name="Effect">Id of the effect that a direct chat shows with the message, or null.</param>
internal sealed record MessageOptions(bool IsProtected, string? Effect)
{
    public const string ProtectContent = "protect_content", MessageEffect = "message_effect_id";

    /// <summary>Reads the options of a message; null with the problem in one sentence.</summary>
    public static MessageOptions? Read(IReadOnlyDictionary<string, string> extras, out string problem)
    {
        problem = "";
        var isProtected = false;
        if (extras.TryGetValue(ProtectContent, out var given) && !bool.TryParse(given, out isProtected))
            problem = $"The option telegram.{ProtectContent} is 'true' or 'false', not '{given}'.";
        var effect = extras.GetValueOrDefault(MessageEffect);
        if (effect is not null && (effect.Length is 0 or > 20 || !effect.All(char.IsAsciiDigit)))
            problem = $"The option telegram.{MessageEffect} is the number of an effect, not '{effect}'.";
        return problem.Length > 0 ? null : new(isProtected, effect);
    }
}
