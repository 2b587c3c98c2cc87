using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Worker;

/// <summary>Context of an adapter in a worker: its services are those of the gateway, at the other end of the channel.</summary>
internal sealed class WorkerContext(CreateOrder order, WorkerChannel workerChannel, GuardOptions options) : AdapterContext, IGuardConfigured
{
    public GuardOptions Terms { get; } = options;

    public override string AdapterId { get; } = order.Id;

    public override int Generation { get; } = order.Generation;

    public override PluginSettings Settings { get; } = PluginSettings.Parse(order.Settings);

    public override IInbox Inbox { get; } = new WorkerInbox(workerChannel);

    public override IAdapterState State { get; } = new WorkerState(workerChannel);

    public override IEventTopics Events { get; } = new WorkerTopics(workerChannel);

    public override IPluginLog Log { get; } = new WorkerLog(workerChannel);

    public override TimeProvider Clock { get; } = TimeProvider.System;

    public override string PluginDirectory { get; } = order.Folder;

    public override string DataDirectory { get; } = order.DataDirectory;

    public override void ReportFatal(PluginFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        workerChannel.Notice(RemoteOperation.ReportFatal,
            new PluginFault(fault.Code, CallFailure.NotEmpty(CallFailure.Bounded(fault.Message)), fault.Retry) { RetryAfter = fault.RetryAfter },
            static (to, what) => to.Write(what));
    }

    public override void ReportHealth(AdapterHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        workerChannel.Notice(
            RemoteOperation.ReportHealth, health, static (to, what) => to.Flag(what.IsHealthy).Text(CallFailure.Bounded(what.Message)));
    }
}

/// <summary>Context of a handler in a worker: its services are those of the gateway.</summary>
/// <param name="order">The handler to create.</param>
/// <param name="workerChannel">Channel to the gateway.</param>
/// <param name="files">Copies the files of a message.</param>
internal sealed class WorkerHandlerContext(
    CreateOrder order, WorkerChannel workerChannel, Func<IReadOnlyList<OutboundAttachment>, ReplyFiles> files) : HandlerContext
{
    public override int Generation { get; } = order.Generation;

    public override PluginSettings Settings { get; } = PluginSettings.Parse(order.Settings);

    public override IHandlerOutbox Outbox { get; } = new WorkerOutbox(workerChannel, files);

    public override IAdapterState State { get; } = new WorkerState(workerChannel);

    public override IPluginLog Log { get; } = new WorkerLog(workerChannel);

    public override TimeProvider Clock { get; } = TimeProvider.System;

    public override string PluginDirectory { get; } = order.Folder;

    public override string DataDirectory { get; } = order.DataDirectory;
}
