using PluginGateway;

namespace Misbehaving;

public static partial class Sins
{
    private static readonly PluginFault Over = new("over", "it is over");

    /// <summary>Rows 12, 14, 15, 16: calls back when it should not.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Calling() =>
    [
        Do("reports-fatal", static scene => scene.Host!.ReportFatal(Over)),
        Do("reports-fatal-10000", static scene =>
        {
            for (var i = 0; i < 10_000; i++) scene.Host!.ReportFatal(Over);
        }),
        Do("returns", static _ => { }),
        ("dies-soon", static (scene, _) => Task.Delay(100).ContinueWith(_ => scene.Host!.ReportFatal(Over), TaskScheduler.Default)),
        ("leaks", static (scene, _) =>
        {
            var memory = GC.AllocateUninitializedArray<byte>(4_000_000);
            Array.Fill(memory, (byte)1);
            Kept.Add(memory);
            for (var i = 0; i < 20; i++)
            {
                Kept.Add(new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp));
                Thread(() => GC.KeepAlive(memory[0] + Wait()));
            }

            return Task.Delay(100).ContinueWith(_ => scene.Host!.ReportFatal(Over), TaskScheduler.Default);
        }),
        ("accept-64", static (scene, _) =>
        {
            for (var t = 0; t < 64; t++)
            {
                var number = t;
                Thread(() =>
                {
                    for (var m = 0; m < 20; m++) scene.Host!.Inbox.AcceptAsync(Message($"t{number}-{m}", $"chat-{number}"), CancellationToken.None);
                });
            }

            return Task.CompletedTask;
        }),
        ("accept-within", static async (scene, token) =>
        {
            for (var i = 0; i < 10; i++) await scene.Host!.Inbox.AcceptAsync(Message($"within-{i}", "within"), token);
        }),
        ("accept-blocking", static (scene, _) =>
        {
            for (var i = 0; i < 10; i++)
                scene.Host!.Inbox.AcceptAsync(Message($"blocking-{i}", "blocking"), CancellationToken.None).GetAwaiter().GetResult();
            return Task.CompletedTask;
        }),
        ("accept-then-hangs", static (scene, token) =>
        {
            // A continuation that blocks must not run on a thread of the host.
            for (var i = 0; i < 3; i++)
                _ = scene.Host!.Inbox.AcceptAsync(Message($"hangs-{i}", "hangs"), token)
                    .ContinueWith(static _ => Forever(), TaskContinuationOptions.ExecuteSynchronously);
            for (var i = 0; i < 3; i++) scene.Host!.State.SetAsync($"k{i}", "v", token).GetAwaiter().OnCompleted(Forever);
            return Task.CompletedTask;
        }),
        Do("accept-retired", static scene =>
        {
            scene.Host!.ReportFatal(Over);
            Thread(() =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    System.Threading.Thread.Sleep(2);
                    scene.Host.ReportFatal(Over);
                    scene.Host.ReportHealth(new AdapterHealth(false, "from the grave"));
                    _ = scene.Host.Inbox.AcceptAsync(Message($"dead-{i}", "dead"), CancellationToken.None);
                    _ = scene.Host.State.SetAsync("dead", "yes", CancellationToken.None);
                    scene.Host.Events.Publish("dead", new StreamEvent("dead"));
                }
            });
        }),
    ];

    /// <summary>Row 13, and floods of everything else that a context offers.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Flooding() =>
    [
        Do("flood-100000", static scene => Thread(() =>
        {
            for (var i = 0; i < 100_000; i++) _ = scene.Host!.Inbox.AcceptAsync(Message($"flood-{i}", $"chat-{i % 100}"), CancellationToken.None);
        })),
        Do("flood-duplicates", static scene => Thread(() =>
        {
            for (var i = 0; i < 100_000; i++) _ = scene.Host!.Inbox.AcceptAsync(Message("always-the-same", "lobby"), CancellationToken.None);
        })),
        Do("odd-texts", static scene =>
        {
            var inbox = scene.Host!.Inbox;
            _ = inbox.AcceptAsync(Message("long", "lobby", new string('x', 10_000_000)), CancellationToken.None);
            _ = inbox.AcceptAsync(Message("surrogate", "lobby", "a\uD800b\uDC00c"), CancellationToken.None);
            _ = inbox.AcceptAsync(Message("nul", "lobby", "a\0b\u0001\u001b[2J"), CancellationToken.None);
            foreach (var id in (string[])["", "\0", new string('x', 5000)])
            {
                try
                {
                    _ = inbox.AcceptAsync(Message(id, "lobby"), CancellationToken.None);
                }
                catch (ArgumentException)
                {
                    // As it should be.
                }
            }

            try
            {
                _ = inbox.AcceptAsync(null!, CancellationToken.None);
            }
            catch (ArgumentNullException)
            {
                // As it should be.
            }
        }),
        Do("many-attachments", static scene => Thread(() => _ = scene.Host!.Inbox.AcceptAsync(
            Message("attachments", "lobby") with
            {
                Attachments = [.. Enumerable.Range(0, 1_000_000).Select(static i => new Attachment($"a{i}", AttachmentKind.File))]
            }, CancellationToken.None))),
        Do("huge-state-map", static scene => Thread(() =>
        {
            var state = Enumerable.Range(0, 300_000).ToDictionary(static i => $"key-{i}", static i => new string('v', 100));
            for (var i = 0; i < 5; i++) Offer(scene, Message($"state-{i}", "lobby") with { State = state });
        })),
        Do("wide-state-map", static scene => Thread(() =>
        {
            var state = new Dictionary<string, string> { ["wide"] = new string('v', 100_000_000) };
            for (var i = 0; i < 3; i++) Offer(scene, Message($"wide-{i}", "lobby") with { State = state });
        })),
        Do("huge-extras", static scene => Thread(() => _ = scene.Host!.Inbox.AcceptAsync(
            Message("extras", "lobby") with { Extras = Enumerable.Range(0, 1_000_000).ToDictionary(static i => $"key-{i}", static i => "value") },
            CancellationToken.None))),
        Do("flood-state", static scene => Thread(() =>
        {
            var value = new string('v', 10_000);
            for (var i = 0; i < 200_000; i++) _ = scene.Host!.State.SetAsync($"key-{i % 1000}", value, CancellationToken.None);
        })),
        Do("fills-state", static scene => Thread(() =>
        {
            var value = new string('v', 10_000);
            for (var i = 0; ; i++)
            {
                // One at a time, each kept for ever; what is refused is tried again.
                while (!Kept($"key-{i}")) System.Threading.Thread.Sleep(20);
            }

            bool Kept(string key)
            {
                try
                {
                    return scene.Host!.State.SetAsync(key, value, CancellationToken.None).Result;
                }
                catch (AggregateException)
                {
                    return false;
                }
            }
        })),
        Do("flood-event-ids", static scene => Thread(() =>
        {
            for (var i = 0; ; i++)
            {
                // Long ones, each of its own: what nobody has room for is tried again.
                var message = Message($"{i}-{new string('e', 400)}", $"chat-{i % 100}");
                while (scene.Host!.Inbox.AcceptAsync(message, CancellationToken.None).Result.Kind == AcceptanceKind.Refused)
                    System.Threading.Thread.Sleep(20);
            }
        })),
        Do("flood-health", static scene =>
        {
            var health = new AdapterHealth(false, "ill, ill, ill");
            for (var t = 0; t < 2; t++)
            {
                Thread(() =>
                {
                    for (var i = 0; i < 20_000_000; i++) scene.Host!.ReportHealth(health);
                });
            }
        }),
        Do("huge-health", static scene => scene.Host!.ReportHealth(new AdapterHealth(false, new string('h', 50_000_000)))),
        Do("huge-fault", static scene => scene.Host!.ReportFatal(new PluginFault("over", new string('f', 50_000_000)))),
        Do("flood-log", static scene => Thread(() =>
        {
            for (var i = 0; i < 1_000_000; i++) scene.Host!.Log.Write((PluginLogLevel)(i % 9), $"line {i}", null);
        })),
        Do("odd-log", static scene =>
        {
            scene.Host!.Log.Write(PluginLogLevel.Error, "{0} {name} %n \u001b[2J\r\n{\"event\":4020}", new ThrowingMessage());
            scene.Host!.Log.Write((PluginLogLevel)77, new string('x', 50_000_000), null);
        }),
        Do("flood-events", static scene => Thread(() =>
        {
            for (var i = 0; i < 200_000; i++) scene.Host!.Events.Publish($"topic-{i}", new StreamEvent(new string('e', 1000)));
        })),
    ];

    private static void Offer(Scene scene, InboundMessage message)
    {
        try
        {
            _ = scene.Host!.Inbox.AcceptAsync(message, CancellationToken.None);
        }
        catch (ArgumentException)
        {
            // As it should be.
        }
    }

    private static int Wait()
    {
        Forever();
        return 0;
    }

    private static InboundMessage Message(string? id, string chat, string text = "hello") =>
        new(id, new Chat(chat, ChatKind.Direct), new Sender("tester"), text);
}
