using PluginGateway.Store;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Reports of platforms about messages that were sent: they get neither rows nor turns.</summary>
internal static class DeliveryReports
{
    /// <summary>Returns the entry for the store.</summary>
    /// <param name="report">The event.</param>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="chat">The key of the chat.</param>
    public static InboundEntry Of(DeliveryChanged report, string adapterId, int generation, string chat) =>
        new(adapterId, generation, report.EventId, "", [], report.State)
        {
            About = new SentMessage(chat, report.MessageId),
            OnlyIfSent = true,
            Report = new(report.Change, report.Error is { } error ? TextSanitizer.Sanitize(error) : null),
        };
}
