namespace PluginGateway.Dispatch;

/// <summary>What the turns of handlers may use of the gateway.</summary>
/// <param name="Tokens">Makes their tokens.</param>
/// <param name="Copies">Takes the files of their replies.</param>
/// <param name="Fetches">Fetches attachments.</param>
/// <param name="Room">Counts what is owed.</param>
internal sealed record TurnDoors(ReplyTokens Tokens, FileCopies Copies, FetchDesk Fetches, PendingGauge Room);
