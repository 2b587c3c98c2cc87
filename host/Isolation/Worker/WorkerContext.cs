using System.Text.Json;
using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Worker;

/// <summary>The context of an adapter in a worker: everything it offers is the gateway's, at the other end of the connection.</summary>
internal sealed class WorkerContext(CreateOrder order, Connection connection, GuardTerms terms) : AdapterContext, IGuardTermed
{
    public GuardTerms Terms { get; } = terms;

    public override string AdapterId { get; } = order.AdapterId;

    public override int Generation { get; } = order.Generation;

    public override JsonElement Settings { get; } = JsonDocument.Parse(order.Settings).RootElement;

    public override IInbox Inbox { get; } = new WorkerInbox(connection);

    public override IAdapterState State { get; } = new WorkerState(connection);

    public override IEventTopics Events { get; } = new WorkerTopics(connection);

    public override IPluginLog Log { get; } = new WorkerLog(connection);

    public override TimeProvider Clock { get; } = TimeProvider.System;

    public override string PluginDirectory { get; } = order.Folder;

    public override string DataDirectory { get; } = order.DataDirectory;

    public override void ReportFatal(AdapterFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        connection.Notice(RemoteOperation.ReportFatal, new AdapterFault(fault.Code, CallFailure.NotEmpty(CallFailure.Bounded(fault.Message)), fault.Retry) { RetryAfter = fault.RetryAfter }, static (to, what) => to.Write(what));
    }

    public override void ReportHealth(AdapterHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        connection.Notice(RemoteOperation.ReportHealth, health, static (to, what) => to.Flag(what.IsHealthy).Text(CallFailure.Bounded(what.Message)));
    }
}
