using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Remote;
using PluginGateway.Isolation.Worker;
using PluginGateway.Posix;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Tests.Isolation.Remote;

/// <summary>Gateway and worker of a handler with a channel between them, in one process.</summary>
internal sealed class WorkerPair : IDisposable
{
    public WorkerPair(IHandlerOutbox outbox, IAdapterState state)
    {
        var (ours, theirs) = LibC.SocketPair();
        Temporary = Directory.CreateDirectory(Path.Combine(Root, "own", ".tmp")).FullName;
        var terms = new WorkerChannelOptions(1024 * 1024, TimeSpan.FromSeconds(30), int.MaxValue, MayWait: true, CompletesOnPool: true);
        var peer = new Peer();
        var gateway = new WorkerChannel(ours, "gateway", peer, terms with { CompletesOnPool = false });
        var options = new GuardOptions("handler:default", 1, new CallTimeouts(), Mock.Of<ILaneObserver>());
        var services = new HandlerServices(outbox, state, Mock.Of<IPluginLog>(), Root);
        var context = new GenerationHandlerContext(1, PluginSettings.Empty, services, "", TimeProvider.System, options);
        var outgoing = OutgoingFiles.Prepare(Path.Combine(Root, "outgoing"), "handler:default", 1);
        var access = new WorkerAccess(gateway, new FetchedFiles(Path.Combine(Root, "own"), ".tmp"), outgoing);
        peer.Services = new HandlerHostServices(access, context, options, Turns, NullLogger.Instance);
        Worker = new WorkerChannel(theirs, "worker", new Peer(), terms);
        gateway.Start();
        Worker.Start();
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("worker-").FullName;

    /// <summary>The worker's folder for copies.</summary>
    public string Temporary { get; }

    public OpenTurns Turns { get; } = new();

    /// <summary>The worker's end of the channel.</summary>
    public WorkerChannel Worker { get; }

    /// <summary>Copies files as a worker does, of 10 bytes at most.</summary>
    public ReplyFiles Files(IReadOnlyList<OutboundAttachment> files) => new(Temporary, 10, files);

    public void Dispose()
    {
        Worker.Break("the test is over");
        Directory.Delete(Root, recursive: true);
    }

    private sealed class Peer : IPeer
    {
        public HostServices? Services { get; set; }

        void IPeer.OnRequest(FrameHead head, ref FrameReader body) => Services!.Serve(head, ref body);

        void IPeer.OnNotice(FrameHead head, ref FrameReader body)
        {
        }

        void IPeer.OnCancel(int id, ref FrameReader body)
        {
        }

        string IPeer.OnEnding(string reason) => reason;

        Exception IPeer.OnEnded(string why, bool mayHaveHappened) => new IOException(why);

        Exception IPeer.OnFailed(CallFailure failure) => WorkerPeer.ExceptionOf(failure);
    }
}
