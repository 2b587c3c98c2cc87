using System.Text.Json;
using Telegram.Bot.Requests;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace PluginGateway.Plugins.Telegram;

/// <summary>A connection that Telegram has accepted: who we are there, and everything that is done with it.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>Number of retries of a conflict at the start: a poll of a killed process ends within seconds.</summary>
    private const int MostConflicts = 3;

    private readonly AdapterContext _context;
    private readonly TelegramSettings _settings;
    private readonly BotApi _api;
    private readonly Migrations _migrations;
    private readonly WebhookSetup _webhook;
    private PollLoop? _loop;
    private UpdateReader? _reader;
    private JsonElement _first;

    private Session(AdapterContext context, TelegramSettings settings, BotApi api, BotIdentity self)
    {
        (_context, _settings, _api, Self) = (context, settings, api, self);
        _migrations = new Migrations(context);
        _webhook = new WebhookSetup(context, api, settings);
        Sender = new MessageSender(
            context, settings, api, _migrations, new FloodScope(context.Clock),
            failure => context.ReportFatal(Faults.Of("a send", failure)));
        Editor = new MessageEditor(api, _migrations, Sender, context.Log);
        Downloads = new Downloads(api, settings);
    }

    /// <summary>Identity of the bot.</summary>
    public BotIdentity Self { get; }

    public MessageSender Sender { get; }

    public MessageEditor Editor { get; }

    public Downloads Downloads { get; }

    /// <summary>Receiver of the webhook; null when polling.</summary>
    public WebhookReceiver? Webhook { get; private set; }

    /// <summary>Says who we are, and asks for updates once or has them brought. Throws an <see cref="PluginException"/> when Telegram does not want
    /// us.</summary>
    public static async Task<Session> OpenAsync(AdapterContext context, TelegramSettings settings, CancellationToken cancellationToken)
    {
        var api = new BotApi(settings, context.Clock);
        try
        {
            var session = new Session(context, settings, api, await IntroduceAsync(context, settings, api, cancellationToken));
            var reader = session._reader = new UpdateReader(session.Self, context.Clock);
            if (settings.UsesWebhook)
            {
                session.Webhook = new WebhookReceiver(settings.EffectiveSecret, new UpdateIntake(context, reader, session._migrations, null));
                await session._webhook.ClaimAsync(cancellationToken);
            }
            else
            {
                await session._webhook.ReleaseAsync(cancellationToken);
                await session.BeginPollingAsync(reader, new Cursor(context, session.Self.Id), cancellationToken);
            }

            return session;
        }
        catch
        {
            api.Dispose();
            throw;
        }
    }

    public Task RunAsync(CancellationToken cancellationToken) =>
        _loop?.RunAsync(_first, cancellationToken) ?? Task.Delay(Timeout.Infinite, cancellationToken);

    public async Task ShowTypingAsync(Chat chat, CancellationToken cancellationToken)
    {
        if (Destination.Of(await _migrations.ResolveAsync(chat.Id, cancellationToken), chat.Thread, null) is not { } to) return;
        // Messages of a forum's first topic bear no topic and are sent without one, but the indicator is seen there under number 1 only.
        var topic = to.Topic ?? (await IsForumAsync(chat, to, cancellationToken) ? UpdateReader.FirstTopic : null);
        await _api.CallAsync(
            new SendChatActionRequest { ChatId = to.Chat, MessageThreadId = topic, Action = ChatAction.Typing }, null, cancellationToken);
    }

    /// <summary>Returns whether a chat is a group with topics. Telegram is asked once, where no message of the chat has been read since the
    /// start.</summary>
    private async Task<bool> IsForumAsync(Chat chat, Destination to, CancellationToken cancellationToken)
    {
        if (chat.Kind == ChatKind.Direct || _reader is not { } reader) return false;
        if (reader.IsForum(chat.Id) is { } known) return known;
        var answer = await _api.CallAsync(new GetChatRequest { ChatId = to.Chat }, null, cancellationToken);
        if (answer.Failure is not null) return false;
        reader.Learn(chat.Id, answer.Result.Flag("is_forum"));
        return answer.Result.Flag("is_forum");
    }

    /// <summary>Out: Telegram knows our token. In: it has answered our polls, or brings updates to our webhook without an error.</summary>
    public async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        var me = await _api.CallAsync(new GetMeRequest(), _settings.AnswerTime, cancellationToken);
        if (me.Failure is { } failure) throw new PluginException(Faults.Of("getMe", failure));
        if (_loop is { } loop) return new ProbeResult(Ingress: loop.IsAnswered, Egress: true);
        var (fault, error) = await _webhook.LookAsync(cancellationToken);
        if (fault is not null) _context.ReportFatal(fault);
        _context.ReportHealth(new AdapterHealth(fault is null && error is null,
            fault?.Message ?? (error is null ? "Telegram brings updates here." : $"Telegram cannot deliver to the webhook: {error}")));
        return new ProbeResult(Ingress: fault is null && error is null, Egress: true);
    }

    /// <summary>Sets the bot's list of commands: for everyone, and for each language in which a command has a description of its own (Bot API,
    /// setMyCommands). An empty list removes the one for everyone.</summary>
    public async Task PublishAsync(CommandPublication publication, CancellationToken cancellationToken)
    {
        if (publication.Commands.Count == 0)
        {
            Succeed("deleteMyCommands", await _api.CallAsync(new DeleteMyCommandsRequest(), _settings.AnswerTime, cancellationToken));
            return;
        }

        string?[] languages = [null, .. publication.Commands.SelectMany(static command => command.Descriptions.Keys).Distinct()];
        foreach (var language in languages)
        {
            var request = new SetMyCommandsRequest
            {
                Commands = publication.Commands.Select(command => new BotCommand
                {
                    Command = command.Name,
                    Description = language is null ? command.Description : command.Descriptions.GetValueOrDefault(language, command.Description),
                }),
                LanguageCode = language,
            };
            Succeed("setMyCommands", await _api.CallAsync(request, _settings.AnswerTime, cancellationToken));
        }
    }

    public void Dispose() => _api.Dispose();

    private static void Succeed(string attempted, ApiAnswer answer)
    {
        if (answer.Failure is { } failure) throw new PluginException(Faults.Of(attempted, failure));
    }

    private static async Task<BotIdentity> IntroduceAsync(
        AdapterContext context, TelegramSettings settings, BotApi api, CancellationToken cancellationToken)
    {
        var me = await api.CallAsync(new GetMeRequest(), settings.AnswerTime, cancellationToken);
        if (me.Failure is { } failure) throw new PluginException(Faults.Of("getMe", failure));
        if (me.Result.Number("id") is not { } id)
            throw new PluginException(new PluginFault("no-bot-api", $"'{settings.ApiUrl}' does not say who we are: it is no Bot API server."));
        var self = new BotIdentity(id, me.Result.Text("username") ?? "");
        context.Log.Information($"Telegram knows us as @{self.Username} ({self.Id}), {(settings.UsesWebhook ? "by webhook" : "by polling")}.");
        return self;
    }

    private async Task BeginPollingAsync(UpdateReader reader, Cursor cursor, CancellationToken cancellationToken)
    {
        await cursor.RecallAsync(cancellationToken);
        var loop = new PollLoop(_context, _api, _settings, new UpdateIntake(_context, reader, _migrations, cursor), cursor);
        var first = await loop.AskAsync(cancellationToken);
        for (var i = 0; i < MostConflicts && first.Failure is { } conflict && PollRetryPolicy.IsConflict(conflict); i++)
        {
            _context.Log.Information(
                $"Another poll of this bot is or was under way ({conflict.Description}); asking again in {PollRetryPolicy.AfterConflict.TotalSeconds:0} s.");
            await Task.Delay(PollRetryPolicy.AfterConflict, _context.Clock, cancellationToken);
            first = await loop.AskAsync(cancellationToken);
        }

        if (first.Failure is { } failure) throw new PluginException(Faults.Of("getUpdates", failure));
        (_loop, _first) = (loop, first.Result);
    }
}
