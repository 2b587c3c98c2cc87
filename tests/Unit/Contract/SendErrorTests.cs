using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Tests.Contract;

/// <summary>Errors of sends are made where something has failed already: none of it throws.</summary>
public sealed class SendErrorTests
{
    private static readonly SendError[] OfEachKind =
    [
        SendError.InvalidMessage("x"), SendError.TooLong("x"), SendError.NotFound("x"), SendError.Forbidden("x"), SendError.Unauthorized("x"),
        SendError.RateLimited(TimeSpan.FromSeconds(3), RateLimitScope.Chat, "x"), SendError.Conflict("x"), SendError.Transient("x"),
        SendError.Internal("x"), SendError.WindowClosed("x"), SendError.TooManyEdits("x"),
    ];

    [Fact]
    public void Every_kind_has_a_factory_with_the_retry_that_fits()
    {
        Assert.Equal(Enum.GetValues<SendErrorKind>(), OfEachKind.Select(static error => error.Kind));
        Assert.Equal(
            [
                SendRetryKind.Never, SendRetryKind.Never, SendRetryKind.Never, SendRetryKind.Never, SendRetryKind.AfterReconnect, SendRetryKind.After,
                SendRetryKind.AfterReconnect, SendRetryKind.WithBackoff, SendRetryKind.WithBackoff, SendRetryKind.Never, SendRetryKind.Never,
            ],
            OfEachKind.Select(static error => error.Retry.Kind));
    }

    [Fact]
    public void A_nonsensical_error_is_made_all_the_same()
    {
        var odd = new SendError((SendErrorKind)99, null!, null!);
        Assert.Equal((SendErrorKind.Internal, SendRetry.WithBackoff, null), (odd.Kind, odd.Retry, odd.Scope));
        Assert.NotEmpty(odd.Message);
        var limit = new SendError(SendErrorKind.RateLimited, SendRetry.Never, " ");
        Assert.Equal((RateLimitScope.Account, TimeSpan.FromSeconds(1)), (limit.Scope, limit.Retry.Delay));
        Assert.Equal(RateLimitScope.Account, SendError.RateLimited(TimeSpan.Zero, (RateLimitScope)7, "x").Scope);
        Assert.Equal(TimeSpan.FromSeconds(1), SendRetry.After(TimeSpan.MinValue).Delay);
        Assert.Equal(SendRetry.Never, (SendError.Transient("x") with { Retry = SendRetry.Never }).Retry);
    }

    [Fact]
    public void An_unknown_value_from_a_worker_is_read_as_the_one_that_loses_nothing()
    {
        var writer = FrameWriter.Begin(FrameKind.Answer, RemoteOperation.Send, 1);
        writer.Text("Later").Flag(false).Flag(true).Text("Newer").Text("Someday").Long(0).Text("x").Text(null).Text(null).Text(null);
        var reader = new FrameReader(writer.Finish()[(Frame.LengthBytes + Frame.HeadLength)..]);
        var result = Results.ReadSendResult(ref reader);
        reader.End();
        writer.Done();
        Assert.Equal(
            (SendOutcome.Unknown, SendErrorKind.Internal, SendRetry.WithBackoff), (result.Outcome, result.Error!.Kind, result.Error.Retry));
    }
}
