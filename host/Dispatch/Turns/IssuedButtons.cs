using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PluginGateway.Serialization;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Buttons of a message, each with its token: what the adapter shows, and the rows by which presses are judged.</summary>
internal static class IssuedButtons
{
    /// <summary>16 bytes: 22 characters.</summary>
    private const int TokenBytes = 16;

    /// <summary>Gives the buttons of a reply their tokens, which are random; null: it has none.</summary>
    /// <param name="set">The buttons.</param>
    /// <param name="handlerId">The handler of the turn.</param>
    /// <param name="conversation">The conversation of the turn.</param>
    /// <param name="session">Its session; null: the conversation.</param>
    /// <param name="e">The event of the turn.</param>
    /// <param name="visibleTo">The only person who may see the reply; null: everyone.</param>
    public static ButtonRows? Issue(
        ButtonSet? set, string handlerId, string conversation, string? session, InboundEvent e, Sender? visibleTo) => set is null
        ? null
        : Rows(set, handlerId, conversation, PersonOf(set, e, visibleTo), static _ => RandomNumberGenerator.GetBytes(TokenBytes)) with
        {
            Session = session,
        };

    /// <summary>Gives the buttons of a program's message their tokens, which follow from its key and the rules of the set: a repeated request has the
    /// same ones, and another set under the same key has others. They cannot be guessed without the secret.</summary>
    /// <param name="set">The buttons.</param>
    /// <param name="handlerId">The handler that answers the adapter.</param>
    /// <param name="conversation">The conversation in which a press is handled.</param>
    /// <param name="e">The event of the turn whose token allows the message; null: it answers nothing.</param>
    /// <param name="visibleTo">The only person who may see the message; null: everyone.</param>
    /// <param name="secret">The secret of the store.</param>
    /// <param name="key">The key of the message in the store.</param>
    public static ButtonRows Issue(
        ButtonSet set, string handlerId, string conversation, InboundEvent? e, Sender? visibleTo, byte[] secret, string key)
    {
        var person = PersonOf(set, e, visibleTo);
        return Rows(set, handlerId, conversation, person, button => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"button\n{key}\n{button.Id}\n{set.Once}\n{set.ExpiresAfter.Ticks}\n{person?.Id}")))[..TokenBytes]);
    }

    /// <summary>Returns the only person who may press; null: everyone.</summary>
    private static Sender? PersonOf(ButtonSet set, InboundEvent? e, Sender? visibleTo)
    {
        var audience = set.Audience ?? (e?.Chat.Kind == ChatKind.Direct ? ButtonAudience.Everyone : ButtonAudience.Sender);
        return audience == ButtonAudience.Sender ? visibleTo ?? e?.Sender : null;
    }

    private static ButtonRows Rows(ButtonSet set, string handlerId, string conversation, Sender? person, Func<Button, byte[]> tokenOf) =>
        new(handlerId, conversation, [.. set.Buttons.Select(button => (button.Id, Shown(button, tokenOf(button))))])
        {
            ForSender = person?.Id,
            Once = set.Once,
            ExpiresAfter = set.ExpiresAfter,
        };

    private static ButtonPayload Shown(Button button, byte[] token) => new(
        Base64Url.EncodeToString(token), button.Label, button.Style == ButtonStyle.Default ? null : button.Style.Name());
}
