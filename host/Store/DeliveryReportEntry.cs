namespace PluginGateway.Store;

/// <summary>Report of a platform about a message that was sent.</summary>
/// <param name="Change">The change.</param>
/// <param name="Error">The reason of a failure, or null.</param>
internal sealed record DeliveryReportEntry(DeliveryChange Change, string? Error);
