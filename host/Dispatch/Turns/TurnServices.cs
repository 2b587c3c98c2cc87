using PluginGateway.Dispatch.Attachments;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Services of the gateway for the turns of handlers.</summary>
/// <param name="Tokens">Creates their reply tokens.</param>
/// <param name="Copies">Copies the files of their replies.</param>
/// <param name="Fetches">Fetches attachments.</param>
/// <param name="Outbox">Takes their replies.</param>
/// <param name="Judge">Has the rules of conversations, and the senders of whom a turn runs.</param>
/// <param name="Unaddressed">Counts a message that was held for one to the bot, which has not come.</param>
/// <param name="Store">Keeps their notes and the memory of their sessions.</param>
internal sealed record TurnServices(
    ReplyTokens Tokens, AttachmentCopier Copies, AttachmentFetcher Fetches, Outbox Outbox, InboundJudge Judge, Action<string> Unaddressed,
    MessageStore Store);
