using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

/// <summary>This test program, started again with a database in its environment: puts the store under full load, says what was acknowledged after it
/// was, and waits to be killed.</summary>
internal static class StoreLoadChild
{
    public const string Variable = "GATEWAY_STORE_LOAD";
    private const int Producers = 8;

    private static readonly Stream Output = Console.OpenStandardError();

    /// <summary>Returns at once, because no other thread enters this assembly before; the test runner then only says how it is used, and these
    /// threads keep the process alive.</summary>
    [ModuleInitializer]
    internal static void StartIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } database) return;
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Thread.Sleep(Timeout.Infinite);
        new Thread(() => Start(database)).Start();
    }

    private static void Start(string database)
    {
        var store = MessageStore.Open(new StoreOptions(database), TimeProvider.System, NullLogger.Instance);
        Say("ready");
        for (var producer = 0; producer < Producers; producer++)
        {
            var name = $"{Environment.ProcessId}-{producer}";
            new Thread(() => Produce(store, name)).Start();
        }
    }

    /// <summary>Accept, answer, deliver, without pause; each line is written after the commit it speaks of.</summary>
    private static void Produce(MessageStore store, string name)
    {
        for (var i = 0; ; i++)
        {
            var eventId = $"{name}-{i}";
            var turn = store.Accept(StoreFolder.Entry(eventId, state: new() { [name] = $"{i}" })).Value.InboxId;
            Say($"accepted {eventId}");
            if (i % 7 == 0) continue;
            store.BeginTurn(turn, 1, "a/c");
            var entry = store.Owe(turn, 0).Row!.Id;
            Say($"owed {entry} {eventId}");
            store.End(turn);
            Say($"handled {eventId}");
            store.Lease(entry);
            if (i % 5 == 0)
            {
                store.Park(entry);
                if (store.Resend(entry)[0].IsDone) Say($"resent {entry}");
            }
            else
            {
                store.Deliver(entry);
                Say($"delivered {entry}");
            }
        }
    }

    private static void Say(string line)
    {
        var bytes = Encoding.ASCII.GetBytes(line + "\n");
        lock (Output)
        {
            Output.Write(bytes);
            Output.Flush();
        }
    }
}
