using System.Net;
using System.Net.Sockets;
using PluginGateway.Web.Events;
using PluginGateway.Web.Health;

namespace PluginGateway.Tests.Web;

public sealed class EventStreamTests
{
    private static readonly Serve Stream = new(_ => HttpReply.EventStream("t", 0, [new StreamEvent("first", "1")]));

    [Fact]
    public async Task A_stream_begins_with_what_the_adapter_gave_and_goes_on_with_what_it_publishes()
    {
        await using var web = await WebServer.StartAsync(Stream);
        using var stream = await SseReader.OpenAsync(web.Client, "/chat/events");
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("DENY", stream.Response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("retry: 1000", await stream.NextAsync());
        Assert.Equal("id: 1\ndata: first", await stream.NextAsync());
        web.Topics.For("web").Publish("t", new StreamEvent("second", "2"));
        Assert.Equal("id: 2\ndata: second", await stream.NextEventAsync());
    }

    [Fact]
    public async Task An_open_stream_is_told_that_the_gateway_stops()
    {
        await using var web = await WebServer.StartAsync(Stream);
        using var stream = await SseReader.OpenAsync(web.Client, "/chat/events");
        Assert.Equal("id: 1\ndata: first", await stream.NextEventAsync());
        web.Health.Publish(new Readiness(true, true, []));
        web.Topics.Stopping();
        Assert.Equal("event: stopping\ndata: {}", await stream.NextEventAsync());
    }

    [Fact]
    public async Task A_client_that_goes_away_frees_its_place()
    {
        await using var web = await WebServer.StartAsync(Stream);
        using (var stream = await SseReader.OpenAsync(web.Client, "/chat/events"))
        {
            await stream.NextEventAsync();
            Assert.Equal(1, web.Topics.OpenStreams);
        }

        Assert.True(SpinWait.SpinUntil(() => web.Topics.OpenStreams == 0, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_reader_that_does_not_read_is_cut_off_and_publishing_never_waits_for_it()
    {
        await using var web = await WebServer.StartAsync(Stream);
        using var socket = new TcpClient { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync("127.0.0.1", new Uri(web.BaseUrl).Port);
        await socket.GetStream().WriteAsync("GET /chat/events HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        Assert.True(SpinWait.SpinUntil(() => web.Topics.OpenStreams == 1, TimeSpan.FromSeconds(30)));

        using var healthy = await SseReader.OpenAsync(web.Client, "/chat/events");
        await healthy.NextEventAsync();
        var topics = web.Topics.For("web");
        var large = new StreamEvent(new string('x', 64 * 1024));
        for (var i = 0; i < 2_000 && web.Topics.OpenStreams == 2; i++)
        {
            topics.Publish("t", large);
            await healthy.NextEventAsync();
        }

        Assert.True(SpinWait.SpinUntil(() => web.Topics.OpenStreams == 1, TimeSpan.FromSeconds(30)));
        topics.Publish("t", new StreamEvent("after", "9"));
        Assert.Equal("id: 9\ndata: after", await healthy.NextEventAsync());
    }

    [Fact]
    public async Task A_stream_with_a_gap_shows_what_there_is_and_is_sent_back_to_ask_again()
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.EventStream("t", 1, [new StreamEvent("first", "1")])));
        for (var i = 0; i < 300; i++) web.Topics.For("web").Publish("t", new StreamEvent("x"));
        using var stream = await SseReader.OpenAsync(web.Client, "/chat/events");
        Assert.Equal("id: 1\ndata: first", await stream.NextEventAsync());
        Assert.Null(await stream.NextEventAsync());
    }

    [Fact]
    public async Task A_topic_the_host_cannot_take_is_the_adapters_fault()
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.EventStream(new string('t', 300), 0, [])));
        Assert.Equal(HttpStatusCode.BadGateway, (await web.Client.GetAsync("/chat/events")).StatusCode);
        Assert.Equal(0, web.Topics.OpenStreams);
    }
}
