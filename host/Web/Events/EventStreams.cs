using System.Buffers;
using Microsoft.AspNetCore.Http;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Events;

/// <summary>Writes an event stream into a connection, until the client or the gateway goes.</summary>
internal sealed class EventStreams(EventTopics topics, ILogger<EventStreams> log)
{
    private const int MaxUnflushed = 32;

    /// <summary>Writes a stream until its end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="adapterId">Whose topic it is.</param>
    /// <param name="reply">Topic, position and first events; not kept.</param>
    /// <param name="held">Disposed when the first events have been written.</param>
    public Task WriteAsync(HttpContext context, string adapterId, HttpReply reply, IDisposable? held = null) =>
        WriteAsync(context, adapterId, reply.Topic!, reply.AfterPosition, new Beginning(reply.Headers, new Queue<StreamEvent>(reply.First), held));

    /// <summary>Opens the topic first and writes what is old second, so that nothing falls between.</summary>
    private async Task WriteAsync(HttpContext context, string adapterId, string topic, long afterPosition, Beginning beginning)
    {
        EventReader? reader;
        try
        {
            reader = topics.Open(adapterId, topic, afterPosition, ClientAddress.KeyOf(context.Connection.RemoteIpAddress));
        }
        catch (ArgumentException fault)
        {
            log.CallFailed(adapterId, context.Request.Method, fault.GetType().FullName);
            await JsonResponse.RefuseAsync(context, StatusCodes.Status502BadGateway, "adapterFailed", $"Adapter '{adapterId}' failed to answer.");
            return;
        }

        if (reader is null)
        {
            var most = adapterId == EventTopics.Gateway ? EventTopics.ForPrograms : EventTopics.MaxStreams;
            log.TooManyStreams(most);
            await JsonResponse.RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, "busy", $"{most} event streams are open; try again.", retryAfterSeconds: 5);
            return;
        }

        reader.Attach(context.Abort);
        try
        {
            await WriteAsync(context, reader, beginning);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The client has left, or was too slow and has been cut off.
        }
        finally
        {
            reader.Detach();
            topics.Close(reader);
        }
    }

    private static async Task WriteAsync(HttpContext context, EventReader reader, Beginning beginning)
    {
        var response = context.Response;
        ReplyWriter.CopyHeaders(beginning.Headers, response.Headers);
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method)) return;

        var gone = context.RequestAborted;
        var output = response.BodyWriter;
        await output.WriteAsync(EventBytes.Retry, gone);
        while (beginning.First.TryDequeue(out var next)) await output.WriteAsync(EventBytes.Encode(next), gone);
        beginning.Held?.Dispose();
        if (reader.HasGap) return;
        foreach (var bytes in reader.Replay) await output.WriteAsync(bytes, gone);
        while (await reader.WaitAsync(gone))
        {
            for (var unflushed = 0; unflushed < MaxUnflushed && reader.TryTake(out var bytes); unflushed++) output.Write(bytes.Span);
            await output.FlushAsync(gone);
        }
    }

    /// <summary>Part of a stream that is written before the events of the topic. The queue is empty afterwards: a stream lasts for days.</summary>
    private sealed record Beginning(IReadOnlyDictionary<string, string> Headers, Queue<StreamEvent> First, IDisposable? Held);
}
