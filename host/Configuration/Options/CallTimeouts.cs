namespace PluginGateway.Configuration.Options;

/// <summary>Owner of a set of timeouts, which decides the keys that are allowed in it.</summary>
internal enum TimeoutsOwner
{
    Gateway,
    Adapter,
    Handler,
}

/// <summary>The deadline of each kind of call. <see cref="Timeout.InfiniteTimeSpan"/> means none, by the operator's choice.</summary>
internal sealed record CallTimeouts
{
    /// <summary>Deadline of a load, from staging a plugin to its created instance.</summary>
    public TimeSpan Load { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline of an adapter's connect and of a handler's start.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Send { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Edit { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan Delete { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan React { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan Typing { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Deadline of the answer to one interaction.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Deadline of publishing the handler's commands.</summary>
    public TimeSpan Commands { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Probe { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline of fetching one attachment.</summary>
    public TimeSpan Fetch { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Deadline of one turn of the handler.</summary>
    public TimeSpan Turn { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Deadline of cancel, disconnect and dispose together.</summary>
    public TimeSpan Disconnect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Deadline of one shutdown notice; also of the phase.</summary>
    public TimeSpan Notice { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for running turns and sends in flight, when stopping. The gateway's only.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for closing the store. The gateway's only; reserved in the shutdown budget.</summary>
    public TimeSpan StoreClose { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Deadline of one HTTP request into an adapter or handler.</summary>
    public TimeSpan Http { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Part of the shutdown budget that no plugin can use up; finite even if the close itself is unbounded.</summary>
    public TimeSpan StoreReserve => StoreClose == Timeout.InfiniteTimeSpan ? new CallTimeouts().StoreClose : StoreClose;

    /// <summary>Reads timeouts over the inherited ones; the environment's disconnect bound overrides both.</summary>
    public static CallTimeouts Read(ObjectReader reader, CallTimeouts inherited, TimeoutsOwner owner, ReadScope scope)
    {
        var read = inherited with
        {
            Load = reader.Deadline("loadSeconds", inherited.Load),
            Connect = reader.Deadline("connectSeconds", inherited.Connect),
            Turn = reader.Deadline("turnSeconds", inherited.Turn),
            Http = reader.Deadline("httpSeconds", inherited.Http),
            Disconnect = reader.Deadline("disconnectSeconds", inherited.Disconnect),
        };
        read = owner == TimeoutsOwner.Handler
            ? NoMore(reader, read, AdapterOnly, "gateway.timeouts or an adapter's timeouts")
            : ReadAdapterCalls(reader, read);
        read = owner == TimeoutsOwner.Gateway ? ReadStop(reader, read) : NoMore(reader, read, GatewayOnly, "gateway.timeouts");
        reader.RejectUnknown();
        return scope.Disconnect is { } demanded ? read with { Disconnect = demanded } : read;
    }

    private static readonly string[] AdapterOnly =
    [
        "sendSeconds", "editSeconds", "deleteSeconds", "reactSeconds", "typingSeconds", "answerSeconds", "commandsSeconds", "probeSeconds",
        "fetchSeconds", "noticeSeconds",
    ];

    private static readonly string[] GatewayOnly = ["drainSeconds", "storeCloseSeconds"];

    private static CallTimeouts ReadAdapterCalls(ObjectReader reader, CallTimeouts inherited) => inherited with
    {
        Send = reader.Deadline("sendSeconds", inherited.Send),
        Edit = reader.Deadline("editSeconds", inherited.Edit),
        Delete = reader.Deadline("deleteSeconds", inherited.Delete),
        React = reader.Deadline("reactSeconds", inherited.React),
        Typing = reader.Deadline("typingSeconds", inherited.Typing),
        Answer = reader.Deadline("answerSeconds", inherited.Answer),
        Commands = reader.Deadline("commandsSeconds", inherited.Commands),
        Probe = reader.Deadline("probeSeconds", inherited.Probe),
        Fetch = reader.Deadline("fetchSeconds", inherited.Fetch),
        Notice = reader.Deadline("noticeSeconds", inherited.Notice),
    };

    private static CallTimeouts ReadStop(ObjectReader reader, CallTimeouts inherited) => inherited with
    {
        Drain = reader.Deadline("drainSeconds", inherited.Drain),
        StoreClose = reader.Deadline("storeCloseSeconds", inherited.StoreClose),
    };

    private static CallTimeouts NoMore(ObjectReader reader, CallTimeouts read, string[] names, string place)
    {
        foreach (var name in names) reader.Misplaced(name, place);
        return read;
    }
}
