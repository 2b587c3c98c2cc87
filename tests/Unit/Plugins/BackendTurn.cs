namespace PluginGateway.Tests.Plugins;

/// <summary>The context of a handler whose backend is at a port of this machine.</summary>
internal sealed class BackendContext(int port) : HandlerContext, IPluginLog
{
    public override int Generation => 1;

    public override PluginSettings Settings => PluginSettings.Parse(
        $$"""{ "url": "http://127.0.0.1:{{port}}/", "secret": "a-secret-of-the-tests", "timeoutSeconds": 1 }""");

    public override IPluginLog Log => this;

    public override TimeProvider Clock => TimeProvider.System;

    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
    }
}

/// <summary>A turn of which nothing is wanted.</summary>
internal sealed class SomeTurn : Turn
{
    public override string Id => "t1";

    public override string ReplyToken => "token";

    /// <summary>The message of the turn.</summary>
    public InboundMessage Received { get; init; } = new("e1", new Chat("c", ChatKind.Direct), new Sender("s"), "hello");

    public override IReadOnlyList<InboundMessage> Messages => [Received];

    public override string AdapterId => "a";

    public override string Conversation => "a/c";

    public override string Session => "a/c";

    public override int Attempt => 1;

    public override MessageCapabilities Capabilities => MessageCapabilities.None;

    /// <summary>Memory of the session.</summary>
    public SomeState Memory { get; } = new();

    public override ISessionState State => Memory;

    public override IReadOnlyList<EarlierReply> Earlier => [];

    public override Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nothing was answered.");

    public override Task<MessageTarget?> FinishAsync(Reply? last, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nothing was answered.");
}

/// <summary>State of a session in memory.</summary>
internal sealed class SomeState : Dictionary<string, string>, ISessionState
{
    IReadOnlyCollection<string> ISessionState.Keys => Keys;

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult(this.GetValueOrDefault(key));

    public void Set(string key, string value) => this[key] = value;

    void ISessionState.Remove(string key) => Remove(key);
}
