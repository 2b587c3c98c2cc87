using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PluginGateway.Guard;
using PluginGateway.Web;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Events;
using PluginGateway.Web.Health;
using PluginGateway.Web.Security;

namespace PluginGateway.Tests.Web;

/// <summary>The web room on a real listener at 127.0.0.1.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _isDisposed;

    private WebServer(WebApplication app)
    {
        _app = app;
        BaseUrl = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(BaseUrl),
            Timeout = TimeSpan.FromSeconds(60)
        };
    }

    public string BaseUrl { get; }

    public HttpClient Client { get; }

    public GatewayHealth Health => _app.Services.GetRequiredService<GatewayHealth>();

    public AdapterRoutes Routes => _app.Services.GetRequiredService<AdapterRoutes>();

    public EventTopics Topics => _app.Services.GetRequiredService<EventTopics>();

    /// <summary>Starts a ready gateway with one adapter, <c>web</c>, at <c>/chat</c>.</summary>
    public static async Task<WebServer> StartAsync(
        IGuardedHttp? server = null, WebAccess? access = null, TimeProvider? clock = null, int port = 0, Action<KestrelServerOptions>? kestrel = null,
        IGatewayReports? reports = null, LinesOf? log = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            WebComposition.ConfigureKestrel(options);
            kestrel?.Invoke(options);
            options.Listen(IPAddress.Loopback, port);
        });
        if (log is not null) builder.Logging.AddProvider(log);
        if (access is not null) builder.Services.AddSingleton(access);
        if (clock is not null) builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(reports ?? new FixedReports());
        builder.Services.AddWeb();
        var app = builder.Build();
        app.MapWeb();
        await app.StartAsync();
        var web = new WebServer(app);
        web.Health.Publish(new Readiness(true, false, []));
        if (server is not null) web.Routes.Publish([new AdapterRoute("web", "/chat", server)]);
        return web;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        Client.Dispose();
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}

/// <summary>The warnings and errors of the listener.</summary>
internal sealed class LinesOf : ILoggerProvider, ILogger
{
    public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Lines.Enqueue(formatter(state, exception) + exception);
    }

    public void Dispose()
    {
    }
}

/// <summary>What a gateway said of itself once.</summary>
internal sealed class FixedReports : IGatewayReports
{
    public byte[] Status() => System.Text.Encoding.UTF8.GetBytes(
        """{"state":"ready","version":"1.2.3","pid":1,"ageSeconds":0,"reasons":[],"adapters":[],"handlers":[],"messages":null}""");

    public byte[] Metrics() => "gateway_info{version=\"1.2.3\"} 1\n"u8.ToArray();
}

/// <summary>An adapter's guard for tests: a function.</summary>
internal sealed class Serve(Func<HttpCall, Task<HttpReply>> answer) : IGuardedHttp
{
    public Serve(Func<HttpCall, HttpReply> answer)
        : this(call => Task.FromResult(answer(call)))
    {
    }

    public Task<HttpReply> HandleAsync(HttpCall call) => answer(call);
}
