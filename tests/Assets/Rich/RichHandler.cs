using System.Text.Json;
using PluginGateway;
using Rich;

[assembly: MessageHandler("rich", typeof(RichHandler))]

namespace Rich;

/// <summary>A handler with every optional interface, whose backend is a file.</summary>
/// <remarks>The setting <c>greeting</c> is required. The file <c>backend</c> in its data folder is the backend: without it a start fails, with the
/// content <c>closed</c> it waits for the operator, with <c>silent</c> it never ends. Under HTTP <c>/fail</c> throws, <c>/hang</c> never answers, and
/// every other path tells the request, the generation and its numbers of starts and turns.</remarks>
public sealed class RichHandler : IMessageHandler, IValidateSettings, IStartHandler, IServeHttp
{
    private readonly HandlerContext _host;
    private readonly string _greeting;
    private readonly SettingsReport _report;
    private int _starts;
    private int _turns;

    public RichHandler(HandlerContext host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _greeting = host.Settings.Read(static settings => settings.RequiredText("greeting"), out _report);
    }

    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) => Task.FromResult(_report);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _starts++;
        var backend = Path.Combine(_host.DataDirectory, "backend");
        if (!File.Exists(backend)) throw new PluginException(new PluginFault("backend-away", "The backend is away."));
        var state = await File.ReadAllTextAsync(backend, cancellationToken);
        if (state == "closed")
            throw new PluginException(new PluginFault("backend-closed", "The backend is closed.", FaultRetry.AfterOperatorAction));
        if (state == "silent") await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        _turns++;
        return turn.ReplyAsync($"{_greeting} {turn.Messages[^1].Text}, {_starts} start", cancellationToken);
    }

    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Path switch
        {
            "/fail" => throw new InvalidOperationException("no luck"),
            "/hang" => new TaskCompletionSource<HttpReply>().Task,
            _ => Task.FromResult(HttpReply.Json(200, JsonSerializer.Serialize(new
            {
                method = call.Method,
                path = call.Path,
                body = System.Text.Encoding.UTF8.GetString(call.Body.Span),
                generation = _host.Generation,
                starts = _starts,
                turns = _turns,
            }))),
        };
    }
}
