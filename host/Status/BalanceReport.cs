using System.Globalization;
using System.Text.Json.Serialization;

namespace PluginGateway.Status;

/// <summary>Balances that show no message is lost: accepted = handled + parked + dropped + pending; owed = delivered + bounced + rejected +
/// parked + withdrawn + pending. <paramref name="Exact"/>: both hold.</summary>
internal sealed record BalanceReport(InboundBalanceReport Inbound, OutboundBalanceReport Outbound, bool Exact);

/// <summary>Messages from the platforms. <paramref name="Duplicates"/>, <paramref name="Refused"/> and <paramref name="Discarded"/> are not part of
/// the balance.</summary>
internal sealed record InboundBalanceReport(
    long Accepted, long Handled, long Parked, long Pending, long Duplicates, long Refused, long Discarded, long Dropped);

/// <summary>Messages to the platforms.</summary>
internal sealed record OutboundBalanceReport(long Owed, long Delivered, long Rejected, long Parked, long Pending, long Withdrawn, long Bounced);
