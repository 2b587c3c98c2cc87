using System.Text.Json;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.WebChat;

/// <summary>The adapter's settings.</summary>
/// <param name="MaxTextLength">The longest message a visitor may send, in UTF-16 units.</param>
/// <param name="MessagesPerConversation">Messages of a conversation that a page can read again.</param>
/// <param name="MaxConversations">Conversations kept; beyond that the one quiet for longest is forgotten.</param>
internal sealed record WebChatSettings(int MaxTextLength, int MessagesPerConversation, int MaxConversations)
{
    private static readonly (string Key, int Default, int Least, int Most)[] Known =
    [
        ("maxTextLength", 16_384, 1, 262_144),
        ("messagesPerConversation", 200, 1, 10_000),
        ("maxConversations", 10_000, 1, 1_000_000),
    ];

    /// <summary>Reads the settings and says everything that is wrong with them.</summary>
    public static WebChatSettings Read(JsonElement settings, out IReadOnlyList<SettingsProblem> problems)
    {
        var found = new List<SettingsProblem>();
        var values = Known.Select(known => known.Default).ToArray();
        if (settings.ValueKind == JsonValueKind.Object)
        {
            foreach (var setting in settings.EnumerateObject())
            {
                // The host decides whether the pages require the gateway's token.
                if (setting.Name == "public")
                {
                    if (setting.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                        found.Add(new SettingsProblem(setting.Name, "It must be true or false."));
                    continue;
                }

                var index = Array.FindIndex(Known, known => known.Key == setting.Name);
                if (index < 0)
                    found.Add(new SettingsProblem(setting.Name.Length == 0 ? "settings" : setting.Name,
                        SettingNames.Unknown(setting.Name, [.. Known.Select(static known => known.Key), "public"])));
                else if (setting.Value.ValueKind != JsonValueKind.Number || !setting.Value.TryGetInt32(out var value) || value < Known[index].Least
                    || value > Known[index].Most)
                    found.Add(new SettingsProblem(setting.Name, $"It must be a whole number from {Known[index].Least} to {Known[index].Most}."));
                else values[index] = value;
            }
        }
        else if (settings.ValueKind != JsonValueKind.Undefined)
        {
            found.Add(new SettingsProblem("settings", "It must be an object."));
        }

        problems = found;
        return new WebChatSettings(values[0], values[1], values[2]);
    }
}
