using Telegram.Bot.Types.ReplyMarkups;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Buttons as an inline keyboard. A button bears the host's token, which fits into the 64 bytes of its data (Bot API,
/// InlineKeyboardButton).</summary>
internal static class Keyboard
{
    /// <summary>Number of buttons that the host allows in one set; Telegram takes 100 in a message.</summary>
    public const int MostButtons = 64;

    /// <summary>Longest data of a button, in bytes (Bot API, InlineKeyboardButton).</summary>
    public const int LongestId = 64;

    /// <summary>Widest row, in UTF-16 units of its labels and a unit for each edge: a longer one is cut on a phone.</summary>
    private const int WidestRow = 30;
    private const int MostInRow = 4;

    /// <summary>Returns the keyboard of buttons: short ones side by side; null without buttons.</summary>
    public static InlineKeyboardMarkup? Of(IReadOnlyList<OutboundButton> buttons)
    {
        if (buttons.Count == 0) return null;
        List<List<InlineKeyboardButton>> rows = [];
        var width = 0;
        foreach (var button in buttons)
        {
            width += button.Label.Length + 2;
            if (rows.Count == 0 || width > WidestRow || rows[^1].Count == MostInRow)
            {
                rows.Add([]);
                width = button.Label.Length + 2;
            }

            rows[^1].Add(InlineKeyboardButton.WithCallbackData(button.Label, button.Token));
        }

        return new InlineKeyboardMarkup(rows);
    }
}
