using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>The plugin leaves the memory when it is replaced: neither its protocol buffers nor its sockets hold it there.</summary>
public sealed class FeishuUnloadTests
{
    [Fact]
    public async Task After_a_conversation_it_can_be_unloaded()
    {
        await using var fixture = new FeishuFixture();
        var context = await TalkAsync(fixture);
        for (var i = 0; context.IsAlive && i < 100; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.False(context.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> TalkAsync(FeishuFixture fixture)
    {
        var context = new OwnContext(typeof(FeishuAdapter).Assembly.Location);
        var type = context.LoadFromAssemblyPath(typeof(FeishuAdapter).Assembly.Location).GetType(typeof(FeishuAdapter).FullName!)!;
        Assert.NotEqual(typeof(FeishuAdapter), type);
        var adapter = (IChannelAdapter)Activator.CreateInstance(type, fixture)!;
        await adapter.ConnectAsync(new ConnectContext(1, false, "start"), default);
        fixture.Platform.Say("oc_1", "hello", parts: 2);
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "the message does not come");
        Assert.Equal(
            SendOutcome.Sent, (await adapter.SendAsync(new OutboundMessage("k", new Chat("oc_1", ChatKind.Direct), "hello"), default)).Outcome);
        await adapter.DisconnectAsync(default);
        await adapter.DisposeAsync();
        var weak = new WeakReference(context);
        context.Unload();
        return weak;
    }

    /// <summary>The plugin and what only it needs, as the host loads them; the rest is shared.</summary>
    private sealed class OwnContext(string dll) : AssemblyLoadContext(isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName name) =>
            name.Name is "Feishu" or "Google.Protobuf" ? LoadFromAssemblyPath(Path.Combine(Path.GetDirectoryName(dll)!, $"{name.Name}.dll")) : null;
    }
}
