namespace PluginGateway.Plugins.Feishu;

/// <summary>Answers the platform's HTTP callbacks.</summary>
internal sealed class Callback(AdapterContext context, FeishuSettings settings, Intake intake)
{
    private readonly CallbackCheck _check = new(settings);
    private readonly SeenCalls _seen = new(TimeSpan.FromSeconds(settings.ReplayWindowSeconds), context.Clock);
    private long _refused;

    /// <summary>Calls that were not the platform's.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public async Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (call.Path is not ("" or "/")) return HttpReply.Empty(404);
        if (call.Method != "POST") return HttpReply.Empty(405) with { Headers = new Dictionary<string, string> { ["Allow"] = "POST" } };
        var read = _check.Check(call, context.Clock.GetUtcNow());
        if (read.Problem is { } problem) return Refuse(problem);
        if (read.Challenge is { } challenge) return Challenged(challenge);
        var signature = settings.EncryptKey is null ? null : call.Headers.GetValueOrDefault("X-Lark-Signature");
        if (signature is not null && _seen.Contains(signature)) return Done();
        var (verdict, reply) = await intake.TakeAsync(read.Event!.Value, cancellationToken);
        if (verdict != Verdict.Taken) return HttpReply.Empty(503);
        if (signature is not null) _seen.Add(signature);
        return Done(reply);
    }

    private static HttpReply Done(string? reply = null) => HttpReply.Json(200, reply ?? "{}");

    private static HttpReply Challenged(string challenge) => HttpReply.Bytes(200, Json.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("challenge", challenge);
        json.WriteEndObject();
    }), "application/json; charset=utf-8");

    private HttpReply Refuse(string problem)
    {
        // Any client can post here: refusals are logged only the first three times and then once in a thousand.
        if (Interlocked.Increment(ref _refused) is var count && (count <= 3 || count % 1000 == 0))
            context.Log.Warning($"A callback was refused with 401: {problem}. {count} so far.");
        return HttpReply.Empty(401);
    }
}
