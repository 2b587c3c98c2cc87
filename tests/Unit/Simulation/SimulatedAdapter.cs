using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Simulation;

/// <summary>An adapter between the platform and the gateway: delivers, refuses, delivers in part, hangs, throws, answers late, breaks.</summary>
internal sealed class SimulatedAdapter(SimulationFixture simulationFixture, Platform platform, int generation)
    : SimulatedGeneration(simulationFixture, generation)
{
    private IInbox? _inbox;

    public IInbox? Inbox => IsRetired && World.Chance(0.9) ? null : _inbox;

    public override void Attach()
    {
        _inbox = World.Intake.Open(platform.Id, Generation, InboundClass.AckGated, () => IsRetired);
        World.Dispatcher.Attach(new AdapterPort(platform.Id, Generation, platform.Traits, new CallTimeouts(), AdapterCapabilities.Edit
            | AdapterCapabilities.Delete | AdapterCapabilities.React, Post)
        {
            Outbox = platform.Outbox,
        });
    }

    public override void Detach() => World.Dispatcher.Detach(platform.Id, Generation);

    protected override void Enter(GuardedCall call)
    {
        if (call is not SendCall send)
        {
            EnterAction((DeliveryCall)call);
            return;
        }

        var message = send.Message;
        platform.CheckEntry(message, Generation);
        var fate = World.HasFaults ? World.Random.Next(16) : 99;
        World.Trace.Add($"send {message.Key} enters {platform.Id}#{Generation}, attempt {message.Attempt}, fate {fate}");
        var error = new SendError(SendErrorKind.Transient, World.Random.Next(4) switch
        {
            0 => SendRetry.After(World.Seconds(1, 20)),
            1 => SendRetry.AfterReconnect,
            _ => SendRetry.WithBackoff,
        }, "by script");
        switch (fate)
        {
            case 0 or 1:
                Answer(send, SendResult.NotSent(error), 0);
                break;
            case 2:
                Answer(send, SendResult.NotSent(
                    SendError.RateLimited(World.Seconds(1, 30), World.Chance(0.5) ? RateLimitScope.Account : RateLimitScope.Chat, "slow down")), 0);
                break;
            case 3:
                Answer(send, SendResult.NotSent(new SendError(SendErrorKind.Forbidden, SendRetry.Never, "no")), 0);
                break;
            case 4 or 5 when message.Text.Length > 1:
                var length = World.Random.Next(1, message.Text.Length);
                Answer(send, SendResult.Partial(new Receipt(message.Key) { DeliveredLength = length }, error), length);
                break;
            case 6:
                Answer(send, SendResult.Unknown(error), World.Chance(0.5) ? message.Text.Length : 0, isKnown: false);
                break;
            case 7:
                Leave(send, CallEndKind.Failed, World.Seconds(0, 3));
                break;
            case 8:
                Leave(send, CallEndKind.Overdue, TimeSpan.FromSeconds(30));
                break;
            case 9:
                Leave(send, CallEndKind.Overdue, TimeSpan.FromSeconds(30));
                World.UnitOf(platform.Id).Apply(new GenerationFailed(Generation, World.AnyFailure()));
                break;
            default:
                Answer(send, SendResult.Sent(message.Key), message.Text.Length);
                break;
        }
    }

    private void EnterAction(DeliveryCall call)
    {
        var message = call switch
        {
            EditCall edit => edit.Edit.Message,
            DeleteCall deletion => deletion.Deletion.Message,
            _ => ((ReactCall)call).Reaction.Message,
        };
        platform.CheckAction(message);
        var fate = World.HasFaults ? World.Random.Next(12) : 99;
        World.Trace.Add($"{call.Operation} of {message.MessageId} enters {platform.Id}#{Generation}, fate {fate}");
        var error = new SendError(
            SendErrorKind.Transient, World.Chance(0.5) ? SendRetry.After(World.Seconds(1, 20)) : SendRetry.AfterReconnect, "by script");
        SendResult? result = fate switch
        {
            0 or 1 => SendResult.NotSent(error),
            2 => SendResult.NotSent(new SendError(SendErrorKind.Forbidden, SendRetry.Never, "no")),
            3 => SendResult.Unknown(error),
            4 or 5 => null,
            _ => SendResult.Sent(message.MessageId),
        };
        World.After(fate == 5 ? TimeSpan.FromSeconds(15) : World.Seconds(0, 1), () =>
        {
            platform.LeaveAction(message, isMade: result?.Outcome == SendOutcome.Sent);
            if (result is not null) call.Accept(result);
            End(call, result is not null ? CallEndKind.Completed : fate == 5 ? CallEndKind.Overdue : CallEndKind.Failed);
        });
    }

    /// <summary>The platform gets it now; the gateway hears a little later.</summary>
    private void Answer(SendCall send, SendResult result, int delivered, bool isKnown = true)
    {
        platform.Deliver(send.Message, delivered, isKnown);
        World.After(World.Seconds(0, 1), () =>
        {
            send.Accept(result);
            platform.Leave(send.Message);
            End(send, CallEndKind.Completed);
        });
    }

    private void Leave(SendCall send, CallEndKind kind, TimeSpan after)
    {
        platform.Deliver(send.Message, World.Chance(0.5) ? send.Message.Text.Length : 0, isKnown: false);
        World.After(after, () =>
        {
            platform.Leave(send.Message);
            End(send, kind);
        });
    }
}
