using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PluginGateway.Dispatch.External;
using PluginGateway.Threads;

namespace PluginGateway.Web.Api;

/// <summary>Memory of sessions for programs with a token of the scope <c>memory</c>: <c>GET /api/memory</c> lists it, <c>GET /api/memory/values</c> shows that
/// of one session, <c>DELETE /api/memory</c> drops it.</summary>
internal sealed class ApiMemory(MemoryApi api, ILogger<ApiMemory> log)
{
    private const int DefaultLimit = 50;

    public async Task ListAsync(HttpContext context)
    {
        var limit = int.TryParse(context.Request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : DefaultLimit;
        var answer = await Ask<IReadOnlyList<SessionWithMemory>>(done => api.List(SelectorOf(context), limit, done));
        await AnswerAsync(context, answer, static (json, sessions) =>
        {
            json.WriteStartArray("sessions");
            foreach (var session in sessions)
            {
                json.WriteStartObject();
                json.WriteString("handler", session.Handler);
                json.WriteString("adapter", session.Adapter);
                json.WriteString("session", session.Session);
                json.WriteNumber("keys", session.Keys);
                json.WriteNumber("bytes", session.Bytes);
                json.WriteString("lastMessage", session.LastMessage);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public async Task ShowAsync(HttpContext context)
    {
        var (selector, withText) = (SelectorOf(context), (string?)context.Request.Query["text"] == "true");
        if (selector.Session is null)
        {
            await JsonResponse.RefuseAsync(context, StatusCodes.Status400BadRequest, "badRequest", "Name a session: ?session=..., as GET /api/memory lists it.");
            return;
        }

        if (withText) log.MemoryShown(selector.Session, ClientOf(context));
        var answer = await Ask<IReadOnlyList<KeyInMemory>>(done => api.Show(selector, withText, done));
        await AnswerAsync(context, answer, static (json, keys) =>
        {
            json.WriteStartArray("values");
            foreach (var key in keys)
            {
                json.WriteStartObject();
                json.WriteString("handler", key.Handler);
                json.WriteString("key", key.Key);
                json.WriteNumber("bytes", key.Bytes);
                if (key.Text is { } text) json.WriteString("text", text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public async Task DropAsync(HttpContext context)
    {
        var selector = SelectorOf(context);
        if (selector.IsEmpty && (string?)context.Request.Query["all"] != "true")
        {
            await JsonResponse.RefuseAsync(context, StatusCodes.Status400BadRequest, "badRequest",
                "Say whose memory: ?session=, ?adapter=, ?handler=, ?olderSeconds=, or ?all=true.");
            return;
        }

        log.MemoryDropped(selector.Handler ?? "any", selector.Adapter ?? "any", selector.Session ?? "any", ClientOf(context));
        await AnswerAsync(context, await Ask<int>(done => api.Drop(selector, done)), static (json, count) =>
        {
            json.WriteNumber("sessions", count);
            json.WriteBoolean("more", count == MemoryApi.MostDropped);
        });
    }

    private static MemorySelector SelectorOf(HttpContext context)
    {
        var query = context.Request.Query;
        return new(Text("handler"), Text("adapter"), Text("session"),
            double.TryParse(query["olderSeconds"], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : null);

        string? Text(string name) => (string?)query[name] is { Length: > 0 } text ? text : null;
    }

    private static string ClientOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "a local socket";

    private static Task<MemoryAnswer<T>> Ask<T>(Action<Action<MemoryAnswer<T>>> ask)
    {
        var promise = new Promise<MemoryAnswer<T>>(CancellationToken.None);
        ask(promise.Complete);
        return promise.Task;
    }

    private static Task AnswerAsync<T>(HttpContext context, MemoryAnswer<T> answer, Action<Utf8JsonWriter, T> write) => answer.Problem is { } problem
        ? JsonResponse.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "store", problem, retryAfterSeconds: 1)
        : JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => write(json, answer.Value!));
}
