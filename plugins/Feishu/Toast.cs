namespace PluginGateway.Plugins.Feishu;

/// <summary>Toast: the short text that the platform shows to the person who has pressed a button. It is the body of the acknowledgement.</summary>
/// <remarks>Source: the vendor's page of the callback <c>card.action.trigger</c> (toast with a type of info, success, warning or error; an empty
/// object leaves everything as it is; within 3 s).</remarks>
internal static class Toast
{
    /// <summary>Acknowledgement of a press about which nothing is said.</summary>
    public const string None = "{}";

    /// <summary>Returns the acknowledgement of a press, as JSON.</summary>
    public static string Of(InteractionAnswer? answer) => answer is not { Text: { Length: > 0 } text } ? None : Json.Text(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("toast");
        json.WriteString("type", TypeOf(answer.Verdict));
        json.WriteString("content", text);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static string TypeOf(InteractionVerdict verdict) => verdict switch
    {
        InteractionVerdict.Taken => "success",
        InteractionVerdict.AlreadyTaken => "info",
        InteractionVerdict.NotForYou => "warning",
        _ => "error",
    };
}
