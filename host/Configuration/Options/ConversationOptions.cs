using System.Collections.Frozen;

namespace PluginGateway.Configuration.Options;

/// <summary>Treatment of a message that arrives while a turn of its session runs.</summary>
internal enum BusyMode
{
    /// <summary>A turn of its own, afterwards.</summary>
    Queue,

    /// <summary>One turn with its neighbours, afterwards.</summary>
    Collect,

    /// <summary>The running turn is cancelled, and begins anew with the message as its last.</summary>
    Interrupt,
}

/// <summary>Chats in which the first reply of a turn quotes its last message.</summary>
internal enum QuoteMode
{
    Never,

    /// <summary>In groups.</summary>
    Auto,

    /// <summary>In every chat.</summary>
    Always,
}

/// <summary>Options of the conversations of one adapter. No running generation depends on them: a reload applies them to the messages that arrive from
/// then on.</summary>
internal sealed record ConversationOptions
{
    private static readonly FrozenDictionary<string, SessionScope> Scopes =
        new Dictionary<string, SessionScope> { ["sender"] = SessionScope.Sender, ["chat"] = SessionScope.Chat }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, BusyMode> Modes =
        new Dictionary<string, BusyMode>
        {
            ["queue"] = BusyMode.Queue, ["collect"] = BusyMode.Collect, ["interrupt"] = BusyMode.Interrupt,
        }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, QuoteMode> Quotes = new Dictionary<string, QuoteMode>
    {
        ["never"] = QuoteMode.Never, ["auto"] = QuoteMode.Auto, ["always"] = QuoteMode.Always,
    }.ToFrozenDictionary();

    /// <summary>Scope of sessions; null: that which the handler declares.</summary>
    public SessionScope? Scope { get; init; }

    /// <summary>Time for which any message is held for the next one of its sender; null: 700 ms where the handler asks for it, otherwise
    /// none.</summary>
    public TimeSpan? Collect { get; init; }

    public BusyMode Busy { get; init; }

    public QuoteMode Quote { get; init; }

    /// <summary>Longest time for which the waiting retry of one session's message holds the messages of the other sessions of its chat.</summary>
    public TimeSpan HoldOthers { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads options over the inherited ones.</summary>
    public static ConversationOptions Read(ObjectReader reader, ConversationOptions inherited)
    {
        var read = new ConversationOptions
        {
            Scope = reader.Raw("scope") is null ? inherited.Scope : reader.Choice("scope", SessionScope.Chat, Scopes),
            Collect = reader.Raw("collectMilliseconds") is null
                ? inherited.Collect : TimeSpan.FromMilliseconds(reader.Whole("collectMilliseconds", 0, 0, 5000)),
            Busy = reader.Choice("busy", inherited.Busy, Modes),
            Quote = reader.Choice("quote", inherited.Quote, Quotes),
            HoldOthers = reader.Seconds("holdOthersSeconds", inherited.HoldOthers, 0, 3600),
        };
        reader.RejectUnknown();
        return read;
    }
}
