using PluginGateway.Dispatch.Attachments;
using PluginGateway.Dispatch.Inbound;

namespace PluginGateway.Dispatch.Turns;

/// <summary>What the turns of handlers may use of the gateway.</summary>
/// <param name="Tokens">Makes their tokens.</param>
/// <param name="Copies">Takes the files of their replies.</param>
/// <param name="Fetches">Fetches attachments.</param>
/// <param name="Room">Counts what is owed.</param>
internal sealed record TurnServices(ReplyTokens Tokens, AttachmentCopier Copies, AttachmentFetcher Fetches, InboxQuota Room);
