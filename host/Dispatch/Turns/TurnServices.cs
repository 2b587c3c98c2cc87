using PluginGateway.Dispatch.Attachments;
using PluginGateway.Dispatch.Outbound;

namespace PluginGateway.Dispatch.Turns;

/// <summary>What the turns of handlers may use of the gateway.</summary>
/// <param name="Tokens">Makes their tokens.</param>
/// <param name="Copies">Takes the files of their replies.</param>
/// <param name="Fetches">Fetches attachments.</param>
/// <param name="Outbox">Takes what they owe.</param>
internal sealed record TurnServices(ReplyTokens Tokens, AttachmentCopier Copies, AttachmentFetcher Fetches, Outbox Outbox);
