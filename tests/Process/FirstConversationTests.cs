using System.Net;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

public sealed class FirstConversationTests
{
    [Fact]
    public async Task First_start_with_nothing_configured_becomes_ready_says_where_to_look_and_answers()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        Bound.Until(() => gateway.Said.Contains($"{gateway.Address}chat", StringComparison.Ordinal), Bound.Command,
            () => $"no hint where to look in:\n{gateway.Said}");

        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("first");
        stream.WaitUntilOpen();
        await client.SendAsync("first", "m1", "hello there");
        stream.WaitFor(1, Bound.Replies);
        Assert.Contains("hello there", stream.Replies[0].Text, StringComparison.Ordinal);
    }

    /// <summary>On a machine without time to spare the threads of a start take their turns in every order.</summary>
    [Fact]
    public void Ten_gateways_that_start_at_the_same_moment_all_become_ready()
    {
        var folders = Enumerable.Range(0, 10).Select(_ => new TempFolder()).ToArray();
        var gateways = folders.Select(folder => GatewayProcess.Start(folder)).ToArray();
        try
        {
            foreach (var gateway in gateways) gateway.WaitUntilReady();
        }
        finally
        {
            foreach (var gateway in gateways) gateway.Dispose();
            foreach (var folder in folders) folder.Dispose();
        }
    }

    [Fact]
    public async Task The_same_message_id_posted_twice_gives_one_reply()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("twice");
        await client.SendAsync("twice", "m1", "said twice");
        await client.SendAsync("twice", "m1", "said twice");
        await client.SendAsync("twice", "m2", "the end");
        stream.WaitFor(2, Bound.Replies);
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => "something is still pending");

        Assert.Collection(stream.Replies, r => Assert.Contains("said twice", r.Text, StringComparison.Ordinal),
            r => Assert.Contains("the end", r.Text, StringComparison.Ordinal));
        Assert.Equal((2, 1), (gateway.Status().Inbound("accepted"), gateway.Status().Inbound("duplicates")));
    }

    [Fact]
    public async Task A_reader_that_comes_later_sees_the_conversation()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("later", "m1", "before you came");
        Bound.Until(() => gateway.Status().Outbound("delivered") == 1, Bound.Replies, () => "the reply is not delivered");

        using var stream = client.Listen("later");
        stream.WaitFor(1, Bound.Replies);
        Assert.Contains("before you came", stream.Replies[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_readiness_and_the_page_answer_over_http()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        Assert.Equal(HttpStatusCode.OK, gateway.Answer("/healthz"));
        Assert.Equal(HttpStatusCode.OK, gateway.Answer("/readyz"));

        using var http = new HttpClient { BaseAddress = gateway.Address };
        Assert.Contains("<html", await http.GetStringAsync(new Uri("/chat", UriKind.Relative)), StringComparison.OrdinalIgnoreCase);
    }
}
