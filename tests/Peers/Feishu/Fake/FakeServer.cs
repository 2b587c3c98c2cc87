using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace PluginGateway.FakeFeishu;

/// <summary>The platform's servers: its HTTP interface and its long connections, on one port of this machine.</summary>
internal sealed class FakeServer : IDisposable
{
    private const int MostTextBytes = 150_000;
    private const int MostOtherBytes = 30_000;
    private const int MostEdits = 20;

    private readonly FakePlatform _platform;
    private readonly WebApplication _app;

    private FakeServer(FakePlatform platform, WebApplication app) => (_platform, _app) = (platform, app);

    public int Port { get; private set; }

    public static FakeServer Start(FakePlatform platform, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port);
            options.Limits.MaxRequestBodySize = 64 * 1024 * 1024;
        });
        var app = builder.Build();
        var server = new FakeServer(platform, app);
        app.UseWebSockets();
        app.Run(server.ServeAsync);
        app.StartAsync().GetAwaiter().GetResult();
        server.Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        return server;
    }

    public void Dispose()
    {
        using var now = new CancellationTokenSource();
        now.Cancel();
        try
        {
            _app.StopAsync(now.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // That is what was asked for.
        }

        ((IDisposable)_app).Dispose();
    }

    private async Task ServeAsync(HttpContext call)
    {
        var path = call.Request.Path.Value!;
        _platform.Calls.AddOrUpdate($"{call.Request.Method} {path}", 1, static (_, count) => count + 1);
        while (_platform.IsSilent) await Task.Delay(20, call.RequestAborted);
        if (_platform.Intercepted.TryPeek(out var odd) && odd.Path == path && _platform.Intercepted.TryDequeue(out odd))
        {
            call.Response.StatusCode = odd.Status;
            if (_platform.InterceptedType is { } mediaType) call.Response.ContentType = mediaType;
            await call.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(odd.Body));
            return;
        }

        if (_platform.IsSlow) await Task.Delay(Timeout.Infinite, call.RequestAborted);
        if (path == "/ws/v2") await ConnectAsync(call);
        else if (path == "/callback/ws/endpoint") await EndpointAsync(call);
        else if (path == "/open-apis/auth/v3/tenant_access_token/internal") await TokenAsync(call);
        else if (await IsAuthorizedAsync(call)) await ApiAsync(call, path.Split('/', StringSplitOptions.RemoveEmptyEntries)[1..]);
    }

    private async Task ConnectAsync(HttpContext call)
    {
        if (!call.WebSockets.IsWebSocketRequest || call.Request.Query["ticket"] != _platform.Ticket)
        {
            call.Response.Headers["Handshake-Status"] = "403";
            call.Response.Headers["Handshake-Msg"] = "no";
            call.Response.StatusCode = 403;
            return;
        }

        if (_platform.Connections.Count >= _platform.MostConnections)
        {
            call.Response.Headers["Handshake-Status"] = "514";
            call.Response.Headers["Handshake-Autherrcode"] = "1000040350";
            call.Response.StatusCode = 400;
            return;
        }

        using var socket = await call.WebSockets.AcceptWebSocketAsync();
        var connection = new FakeConnection(_platform, _platform.NextId("conn"), socket, call.Abort);
        _platform.Connections[connection.Id] = connection;
        _platform.Connects.Enqueue(DateTimeOffset.UtcNow);
        try
        {
            await connection.ServeAsync(call.RequestAborted);
        }
        catch (Exception gone) when (gone is System.Net.WebSockets.WebSocketException or OperationCanceledException or IOException)
        {
            // The client has gone.
        }
        finally
        {
            _platform.Connections.TryRemove(connection.Id, out _);
        }
    }

    private async Task EndpointAsync(HttpContext call)
    {
        var body = await BodyAsync(call);
        var isGood = (string?)body["AppID"] == _platform.AppId && (string?)body["AppSecret"] == _platform.AppSecret;
        if (!isGood || _platform.EndpointCode != 0)
        {
            await AnswerAsync(call, isGood ? _platform.EndpointCode : 514, $"auth failed{Repeat($" {body["AppSecret"]}")}", 200);
            return;
        }

        await AnswerAsync(call, 0, "success", 200, new JsonObject
        {
            ["URL"] = $"ws://{_platform.Address.Authority}/ws/v2?fpid=493&aid=552564&device_id={_platform.NextId("")}&access_key=key&service_id=33554678&ticket={_platform.Ticket}",
            ["ClientConfig"] = new JsonObject
            {
                ["ReconnectCount"] = -1,
                ["ReconnectInterval"] = 1,
                ["ReconnectNonce"] = _platform.ReconnectNonce,
                ["PingInterval"] = _platform.PingInterval
            },
        });
    }

    private async Task TokenAsync(HttpContext call)
    {
        var body = await BodyAsync(call);
        if ((string?)body["app_id"] != _platform.AppId || (string?)body["app_secret"] != _platform.AppSecret)
        {
            await AnswerAsync(call, 10014, $"app secret invalid{Repeat($" {body["app_secret"]}")}");
            return;
        }

        await WriteAsync(
            call, 200, new JsonObject { ["code"] = 0, ["msg"] = "ok", ["tenant_access_token"] = _platform.NewToken(), ["expire"] = 7200 });
    }

    private async Task<bool> IsAuthorizedAsync(HttpContext call)
    {
        var header = call.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : "";
        if (_platform.IsGoodToken(token)) return true;
        await AnswerAsync(call, token.Length == 0 ? 99991661 : 99991663, $"Invalid access token for authorization.{Repeat($" {token}")}");
        return false;
    }

    private string Repeat(string what) => _platform.RepeatsSecrets ? what : "";

    private Task ApiAsync(HttpContext call, string[] path)
    {
        if (_platform.IsOver("app", 50))
        {
            call.Response.Headers["x-ogw-ratelimit-reset"] = "1";
            return AnswerAsync(call, 99991400, "request trigger frequency limit", 429);
        }

        return (call.Request.Method, path) switch
        {
            ("GET", ["bot", "v3", "info"]) => BotAsync(call),
            ("POST", ["im", "v1", "messages"]) => SendAsync(call, null),
            ("POST", ["im", "v1", "messages", var id, "reply"]) => SendAsync(call, id),
            ("GET", ["im", "v1", "messages"]) => ListAsync(call),
            ("GET", ["im", "v1", "chats", var chat]) when !chat.StartsWith("oc_", StringComparison.Ordinal) =>
                AnswerAsync(call, 232006, "Your request specifies a chat_id which is invalid."),
            ("GET", ["im", "v1", "chats", var chat]) when _platform.LeftGroups.Contains(chat) =>
                AnswerAsync(call, 232011, "Operator can NOT be out of the chat."),
            ("GET", ["im", "v1", "chats", var chat]) => AnswerAsync(call, 0, "success", 200, _platform.ChatInfo(chat)),
            ("GET", ["contact", "v3", "users", var person]) => PersonAsync(call, person),
            ("GET", ["im", "v1", "messages", var id]) => ShowAsync(call, id),
            ("PUT", ["im", "v1", "messages", var id]) => EditAsync(call, id, isCard: false),
            ("PATCH", ["im", "v1", "messages", var id]) => EditAsync(call, id, isCard: true),
            ("DELETE", ["im", "v1", "messages", var id]) => RecallAsync(call, id),
            ("GET", ["im", "v1", "messages", var id, "reactions"]) => ReactionsAsync(call, id),
            ("POST", ["im", "v1", "messages", var id, "reactions"]) => ReactAsync(call, id),
            ("DELETE", ["im", "v1", "messages", var id, "reactions", var reaction]) => UnreactAsync(call, id, reaction),
            ("POST", ["im", "v1", "images"]) => UploadAsync(call, "image", "image_key", "img_"),
            ("POST", ["im", "v1", "files"]) => UploadAsync(call, "file", "file_key", "file_"),
            ("GET", ["im", "v1", "messages", var id, "resources", var key]) => DownloadAsync(call, id, key),
            _ => AnswerAsync(call, 99991404, "not found", 404),
        };
    }

    private Task BotAsync(HttpContext call) => _platform.BotInfoCode != 0
        ? AnswerAsync(call, _platform.BotInfoCode, "no")
        : WriteAsync(call, 200, new JsonObject
        {
            ["code"] = 0,
            ["msg"] = "ok",
            ["bot"] = new JsonObject { ["app_name"] = "Gateway", ["open_id"] = _platform.BotId, ["activate_status"] = 2 }
        });

    private async Task SendAsync(HttpContext call, string? replyTo)
    {
        var bytes = await ReadAsync(call);
        var body = JsonNode.Parse(bytes)!;
        var (type, content) = ((string)body["msg_type"]!, (string)body["content"]!);
        var chat = replyTo is null ? (string)body["receive_id"]! : _platform.Find(replyTo)?.Chat ?? ChatOf(replyTo) ?? "";
        var fault = _platform.NextFault();
        if (fault is { Code: not 0 })
        {
            if (fault.Reset is { } reset)
                call.Response.Headers["x-ogw-ratelimit-reset"] = reset.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (fault.HasNoCode) await WriteAsync(call, fault.Status, new JsonObject { ["msg"] = fault.Text });
            else await AnswerAsync(call, fault.Code, fault.Text ?? "refused", fault.Status);
            return;
        }

        if (_platform.IsOver(chat, 5)) await AnswerAsync(call, 230020, "This operation triggers the frequency limit.");
        else if (replyTo is null && !IsReceiver(chat, call.Request.Query["receive_id_type"]))
            await AnswerAsync(call, 230001, "Your request contains an invalid request parameter, ext=invalid receive_id.");
        else if (replyTo is not null && !replyTo.StartsWith("om_", StringComparison.Ordinal))
            await AnswerAsync(call, 99992354, "The request contains ids that do not exist.");
        else if (replyTo is not null && !_platform.IsStanding(replyTo)) await AnswerAsync(call, 230011, "The message was withdrawn.");
        else if (bytes.Length > (type == "text" ? MostTextBytes : MostOtherBytes))
            await AnswerAsync(call, 230025, "The length of the message content reaches its limit.");
        else if ((string?)body["uuid"] is { Length: > 50 })
            await AnswerAsync(call, 230001, "Your request contains an invalid request parameter, ext=uuid.");
        else if (!IsContent(type, content)) await AnswerAsync(call, 230001, "Your request contains an invalid request parameter, ext=content.");
        else if (type is "audio" or "media" && _platform.FileTypes[(string)Parse(content)!["file_key"]!] != (type == "audio" ? "opus" : "mp4"))
            await AnswerAsync(call, 230055, "The type of file upload does not match the type of message being sent.");
        else if (type == "interactive" && FakeCard.Fault(content) is { } sub) await RefuseCardAsync(call, sub);
        else
        {
            var message = _platform.Take(chat, type, content, (string?)body["uuid"], replyTo, (bool?)body["reply_in_thread"] ?? false);
            if (fault is { CutsOff: true }) call.Abort();
            else await AnswerAsync(call, 0, "success", 200, Describe(message));
        }
    }

    /// <summary>The chat in which somebody said something.</summary>
    private string? ChatOf(string messageId) => _platform.Events.Select(static sent => Parse(sent.Payload)?["event"]?["message"])
        .FirstOrDefault(message => (string?)message?["message_id"] == messageId)?["chat_id"]?.GetValue<string>();

    private static JsonNode? Parse(string payload) => Parse(Encoding.UTF8.GetBytes(payload));

    private static JsonNode? Parse(byte[] payload)
    {
        try
        {
            return JsonNode.Parse(payload);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsReceiver(string id, string? type) => (type, id) switch
    {
        ("chat_id", _) => id.StartsWith("oc_", StringComparison.Ordinal),
        ("open_id", _) => id.StartsWith("ou_", StringComparison.Ordinal),
        ("union_id", _) => id.StartsWith("on_", StringComparison.Ordinal),
        ("email", _) => id.Contains('@', StringComparison.Ordinal),
        ("user_id", _) => id.Length > 0,
        _ => false,
    };

    private bool IsContent(string type, string content)
    {
        try
        {
            var json = JsonNode.Parse(content)!;
            return type switch
            {
                "text" => json["text"] is JsonValue,
                "post" => json["zh_cn"]?["content"] is JsonArray,
                "interactive" => json is JsonObject,
                "image" => _platform.File((string)json["image_key"]!) is not null,
                "file" or "audio" or "media" => _platform.File((string)json["file_key"]!) is not null,
                _ => false,
            };
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private Task ListAsync(HttpContext call) => call.Request.Query["container_id_type"] == "thread"
        ? AnswerAsync(call, 0, "success", 200, new JsonObject
        {
            ["items"] = new JsonArray([.. _platform.InTopic(call.Request.Query["container_id"]!)
                .Select(id => _platform.IsStanding(id) ? _platform.Heard(id)! : new JsonObject { ["message_id"] = id, ["deleted"] = true })])
        })
        : AnswerAsync(call, 230001, "Your request contains an invalid request parameter.");

    private Task PersonAsync(HttpContext call, string person) => _platform.Names.IsEmpty
        ? AnswerAsync(call, 99991672, "Access denied. One of the following scopes is required: [contact:user.base:readonly].")
        : AnswerAsync(call, 0, "success", 200,
            new JsonObject { ["user"] = new JsonObject { ["open_id"] = person, ["name"] = _platform.Names.GetValueOrDefault(person) } });

    private JsonObject Describe(FakeMessage message, bool asSent = true) => new()
    {
        ["message_id"] = message.Id,
        ["msg_type"] = message.Type,
        ["chat_id"] = message.ChatId,
        ["parent_id"] = message.ReplyTo,
        ["thread_id"] = _platform.TopicOf(message.Id),
        ["sender"] = new JsonObject { ["id"] = _platform.AppId, ["id_type"] = "app_id", ["sender_type"] = "app" },
        ["deleted"] = message.IsRecalled,
        ["updated"] = message.Versions.Count > 0,
        ["body"] = new JsonObject { ["content"] = message.ContentShown(asSent) },
    };

    private Task ShowAsync(HttpContext call, string id) => _platform.Find(id) is { } message
        ? AnswerAsync(call, 0, "success", 200, new JsonObject
        {
            ["items"] = new JsonArray(Describe(message, asSent: call.Request.Query["card_msg_content_type"] == "user_card_content"))
        })
        : _platform.Heard(id) is { } heard
        ? AnswerAsync(call, 0, "success", 200, new JsonObject { ["items"] = new JsonArray([heard, .. _platform.ForwardedIn(id)]) })
        : AnswerAsync(call, 231003, "The message is not found.");

    private async Task EditAsync(HttpContext call, string id, bool isCard)
    {
        var body = await BodyAsync(call);
        var content = (string)body["content"]!;
        if (_platform.Find(id) is not { } message) await AnswerAsync(call, 230071, "The operator is not the sender of the message.");
        else if (message.IsRecalled) await AnswerAsync(call, 230011, "The message was withdrawn.");
        else if (isCard != (message.Type == "interactive")) await AnswerAsync(call, 230001, "This message type is not supported.");
        else if (isCard && FakeCard.FaultAfter(message.Current, content) is { } sub) await RefuseCardAsync(call, sub);
        else if (!isCard && message.Versions.Count >= MostEdits)
            await AnswerAsync(call, 230072, "The message has reached the number of times it can be edited.");
        else
        {
            message.Versions.Add(content);
            await AnswerAsync(call, 0, "success", 200, Describe(message));
        }
    }

    private static Task RefuseCardAsync(HttpContext call, string sub) =>
        AnswerAsync(call, 230099, $"Failed to create card content, ext=ErrCode: {sub}");

    private Task RecallAsync(HttpContext call, string id)
    {
        if (_platform.Find(id) is not { } message) return AnswerAsync(call, 230012, "Bot is NOT the sender of the message.");
        if (message.IsRecalled) return AnswerAsync(call, 230011, "The message was withdrawn.");
        message.IsRecalled = true;
        return AnswerAsync(call, 0, "success", 200, new JsonObject());
    }

    private Task ReactionsAsync(HttpContext call, string id) => AnswerAsync(call, 0, "success", 200, new JsonObject
    {
        ["items"] = new JsonArray([.. _platform.ReactionsOn(id).Select(one => new JsonObject
        {
            ["reaction_id"] = one.Id,
            ["operator"] = new JsonObject
            {
                ["operator_id"] = one.Id.StartsWith("user", StringComparison.Ordinal) ? "ou_ann" : _platform.AppId,
                ["operator_type"] = one.Id.StartsWith("user", StringComparison.Ordinal) ? "user" : "app"
            },
            ["reaction_type"] = new JsonObject { ["emoji_type"] = one.Emoji },
        })]),
        ["has_more"] = false,
        ["page_token"] = "",
    });

    private async Task ReactAsync(HttpContext call, string id)
    {
        var emoji = (string)(await BodyAsync(call))["reaction_type"]!["emoji_type"]!;
        if (!FakeReactions.Names.Contains(emoji))
        {
            await AnswerAsync(call, 231001, "reaction type is invalid.");
            return;
        }

        if (!_platform.IsStanding(id))
        {
            await AnswerAsync(call, 231003, "The message is not found.");
            return;
        }

        var reaction = _platform.NextId("app");
        _platform.ReactionsOn(id).Add((reaction, emoji));
        _platform.ReactOwn(id, emoji, isTakenBack: false);
        await AnswerAsync(
            call, 0, "success", 200, new JsonObject { ["reaction_id"] = reaction, ["reaction_type"] = new JsonObject { ["emoji_type"] = emoji } });
    }

    private Task UnreactAsync(HttpContext call, string id, string reaction)
    {
        var on = _platform.ReactionsOn(id);
        if (on.Find(one => one.Id == reaction) is not { Id: not null } found) return AnswerAsync(call, 231003, "not found");
        if (!reaction.StartsWith("app", StringComparison.Ordinal)) return AnswerAsync(call, 231007, "The operator is not who reacted.");
        on.Remove(found);
        _platform.ReactOwn(id, found.Emoji, isTakenBack: true);
        return AnswerAsync(call, 0, "success", 200, new JsonObject());
    }

    private async Task UploadAsync(HttpContext call, string part, string name, string prefix)
    {
        var form = await call.Request.ReadFormAsync();
        if (form.Files.GetFile(part) is not { } file || (part == "image" ? form["image_type"] != "message" : string.IsNullOrEmpty(form["file_name"])))
        {
            await AnswerAsync(call, 234001, "Invalid request param.");
            return;
        }

        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        var key = _platform.NextId(prefix);
        _platform.AddFile(key, bytes.ToArray());
        if (form["file_type"] is [{ } fileType]) _platform.FileTypes[key] = fileType;
        if (form["duration"] is [{ } duration]) _platform.Durations[key] = duration;
        await AnswerAsync(call, 0, "success", 200, new JsonObject { [name] = key });
    }

    private async Task DownloadAsync(HttpContext call, string id, string key)
    {
        // Stickers, cards and messages that were forwarded together keep their files.
        if ((string?)_platform.Heard(id)?["msg_type"] is "sticker" or "interactive" or "merge_forward")
        {
            await AnswerAsync(call, 234043, "Unsupported message type.");
            return;
        }

        if (_platform.File(key) is not { } bytes)
        {
            await AnswerAsync(call, 234001, "Invalid request param.");
            return;
        }

        call.Response.ContentType = "application/octet-stream";
        call.Response.Headers.ContentDisposition = "attachment; filename=\"x\"";
        await call.Response.Body.WriteAsync(bytes);
    }

    private static async Task<byte[]> ReadAsync(HttpContext call)
    {
        using var bytes = new MemoryStream();
        await call.Request.Body.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static async Task<JsonNode> BodyAsync(HttpContext call) => JsonNode.Parse(await ReadAsync(call))!;

    private static Task AnswerAsync(HttpContext call, int code, string text, int status = 400, JsonNode? data = null)
    {
        var body = new JsonObject { ["code"] = code, ["msg"] = text };
        if (data is not null) body["data"] = data;
        return WriteAsync(call, status, body);
    }

    private static Task WriteAsync(HttpContext call, int status, JsonObject body)
    {
        call.Response.StatusCode = status;
        call.Response.ContentType = "application/json; charset=utf-8";
        call.Response.Headers["x-tt-logid"] = "log-1";
        return call.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString(FakeEvent.Compact))).AsTask();
    }
}
