using PluginGateway.Configuration.Secrets;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Serialization;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of results and failures between gateway and worker.</summary>
internal static class Results
{
    private const int MaxType = 500, MaxRefusal = 4000;

    public static void Write(this FrameWriter writer, SendResult result)
    {
        writer.Name(result.Outcome).Flag(result.Receipt is not null);
        if (result.Receipt is { } receipt)
            writer.Text(receipt.MessageId).List(receipt.EarlierParts, static (to, id) => to.Text(id)).Maybe(receipt.DeliveredLength)
                .Maybe(receipt.DeliveredAttachments).Maybe(receipt.PlatformTime);
        writer.Flag(result.Error is not null);
        if (result.Error is { } error) writer.Write(error);
    }

    public static SendResult ReadSendResult(ref FrameReader reader)
    {
        var outcome = EnumNames.Parse<SendOutcome>(reader.Text());
        var receipt = reader.Flag() ? ReadReceipt(ref reader) : null;
        var error = reader.Flag() ? ReadError(ref reader) : null;
        return outcome switch
        {
            SendOutcome.Sent => SendResult.Sent(receipt!),
            SendOutcome.NotSent => SendResult.NotSent(error!),
            SendOutcome.Partial => SendResult.Partial(receipt!, error!),
            SendOutcome.Unknown => SendResult.Unknown(error!),
            _ => SendResult.Unknown(error ?? SendError.Internal("The worker names an unknown outcome of a send.")),
        };
    }

    public static void Write(this FrameWriter writer, ProbeResult result) => writer.Flag(result.Ingress).Flag(result.Egress);

    public static ProbeResult ReadProbe(ref FrameReader reader) => new(reader.Flag(), reader.Flag());

    public static void Write(this FrameWriter writer, SettingsReport report) =>
        writer.List(report.Problems, static (to, problem) => to.Text(problem.Key).Text(problem.Message));

    public static SettingsReport ReadSettingsReport(ref FrameReader reader) =>
        new(reader.List(static (ref FrameReader from) => new SettingsProblem(from.Text(), from.Text())));

    public static void Write(this FrameWriter writer, ConnectContext context) =>
        writer.Int(context.Attempt).Flag(context.IsReconnect).Text(context.Reason);

    public static ConnectContext ReadConnect(ref FrameReader reader) => new(reader.Int(), reader.Flag(), reader.Text());

    public static void Write(this FrameWriter writer, ConnectionInfo connection) =>
        writer.Text(connection.AccountId).Text(connection.AccountName).Maybe(connection.MaxTextLength).Maybe(connection.MaxAttachmentBytes)
            .Maybe(connection.MaxAttachments).Maybe(connection.MaxButtons).Maybe(connection.MaxButtonLabel)
            .Maybe(Bits(connection.AccountMessagesPerSecond)).Maybe(Bits(connection.ChatMessagesPerSecond))
            .Maybe(connection.MaxCaption).Maybe(connection.ClientSplitLength).Maybe(connection.GroupMessagesPerMinute)
            .Maybe(Bits(connection.AccountEditsPerSecond)).Maybe(Bits(connection.ChatEditsPerSecond)).Maybe(connection.MaxEdits)
            .Maybe(connection.EditWindowSeconds).Maybe(connection.SenderIdsProve is { } prove ? prove ? 1 : 0 : null)
            .MaybeName(connection.Idempotency).Maybe(connection.IdempotencySeconds);

    public static ConnectionInfo ReadConnectionInfo(ref FrameReader reader) => new()
    {
        AccountId = reader.MaybeText(),
        AccountName = reader.MaybeText(),
        MaxTextLength = (int?)reader.MaybeLong(),
        MaxAttachmentBytes = reader.MaybeLong(),
        MaxAttachments = (int?)reader.MaybeLong(),
        MaxButtons = (int?)reader.MaybeLong(),
        MaxButtonLabel = (int?)reader.MaybeLong(),
        AccountMessagesPerSecond = Rate(reader.MaybeLong()),
        ChatMessagesPerSecond = Rate(reader.MaybeLong()),
        MaxCaption = (int?)reader.MaybeLong(),
        ClientSplitLength = (int?)reader.MaybeLong(),
        GroupMessagesPerMinute = (int?)reader.MaybeLong(),
        AccountEditsPerSecond = Rate(reader.MaybeLong()),
        ChatEditsPerSecond = Rate(reader.MaybeLong()),
        MaxEdits = (int?)reader.MaybeLong(),
        EditWindowSeconds = (int?)reader.MaybeLong(),
        SenderIdsProve = reader.MaybeLong() is { } prove ? prove != 0 : null,
        Idempotency = reader.MaybeName<Idempotency>(),
        IdempotencySeconds = (int?)reader.MaybeLong(),
    };

    public static void Write(this FrameWriter writer, PluginFault fault) =>
        writer.Text(fault.Code).Text(fault.Message).Name(fault.Retry).Maybe(fault.RetryAfter?.Ticks);

    /// <summary>Reads a fault and bounds its texts, because a worker may not have done so.</summary>
    public static PluginFault ReadFault(ref FrameReader reader) => new(
        CallFailure.NotEmpty(CallFailure.Bounded(reader.Text())), CallFailure.NotEmpty(CallFailure.Bounded(reader.Text())), reader.Name<FaultRetry>())
    {
        RetryAfter = reader.MaybeLong() is { } ticks ? TimeSpan.FromTicks(ticks) : null,
    };

    /// <summary>Writes a failure that was read from an exception on this side.</summary>
    public static void Write(this FrameWriter writer, CallFailure failure)
    {
        writer.Text(failure.Type).Text(failure.Text).MaybeName(failure.Load).Flag(failure.Fault is not null);
        if (failure.Fault is { } fault) writer.Write(fault);
        writer.Maybe(failure.NotNow?.Ticks);
        writer.Write(failure.Detail);
    }

    /// <summary>Stack and causes, for the plugin's author.</summary>
    public static void Write(this FrameWriter writer, FaultText? detail)
    {
        writer.Flag(detail is not null);
        if (detail is not null) writer.Text(detail.Title).Text(detail.Stack).Text(detail.Frame);
    }

    public static FaultText? ReadDetail(ref FrameReader reader) =>
        reader.Flag() ? FaultText.Received(reader.Text(), reader.Text(), reader.MaybeText()) : null;

    public static CallFailure ReadFailure(ref FrameReader reader)
    {
        var (type, text, load) = (reader.Text(), reader.Text(), reader.MaybeName<LoadCode>());
        // The reason for refusing a plugin may have several lines.
        var bounded = load is null ? CallFailure.Bounded(text) : Cut(PluginText.Redact(text), MaxRefusal);
        return new CallFailure(Cut(type, MaxType), bounded, reader.Flag() ? ReadFault(ref reader) : null, load)
        {
            NotNow = reader.MaybeLong() is { } wait ? TimeSpan.FromTicks(wait) : null,
            Detail = ReadDetail(ref reader),
        };
    }

    private static long? Bits(double? rate) => rate is { } number ? BitConverter.DoubleToInt64Bits(number) : null;

    private static double? Rate(long? bits) => bits is { } number ? BitConverter.Int64BitsToDouble(number) : null;

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..most];

    private static void Write(this FrameWriter writer, SendError error)
    {
        writer.Name(error.Kind).Name(error.Retry.Kind).Long(error.Retry.Delay.Ticks).Text(error.Message).MaybeName(error.Scope)
            .Text(error.PlatformCode).Text(error.Hint);
    }

    private static Receipt ReadReceipt(ref FrameReader reader) => new(reader.Text())
    {
        EarlierParts = reader.List(static (ref FrameReader from) => from.Text()),
        DeliveredLength = (int?)reader.MaybeLong(),
        DeliveredAttachments = (int?)reader.MaybeLong(),
        PlatformTime = reader.MaybeTime(),
    };

    /// <summary>Reads an error. A value that this version does not know is read as the one that loses nothing: <see cref="SendErrorKind.Internal"/>,
    /// and the host's backoff.</summary>
    private static SendError ReadError(ref FrameReader reader)
    {
        var (kind, retryKind, delay, message) = (
            EnumNames.Parse<SendErrorKind>(reader.Text()) ?? SendErrorKind.Internal, EnumNames.Parse<SendRetryKind>(reader.Text()),
            TimeSpan.FromTicks(reader.Long()), reader.Text());
        var scope = reader.MaybeName<RateLimitScope>();
        var retry = retryKind switch
        {
            SendRetryKind.Never => SendRetry.Never,
            SendRetryKind.AfterReconnect => SendRetry.AfterReconnect,
            SendRetryKind.After => SendRetry.After(delay),
            _ => SendRetry.WithBackoff,
        };
        var error = scope is { } limited ? SendError.RateLimited(delay, limited, message) : new SendError(kind, retry, message);
        return error with { PlatformCode = reader.MaybeText(), Hint = reader.MaybeText() };
    }
}
