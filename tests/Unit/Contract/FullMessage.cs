using System.Collections;
using System.Globalization;
using System.Reflection;

namespace PluginGateway.Tests.Contract;

/// <summary>A received event of each kind, of which every member has a value that it would not have if nobody set it, and the list of its
/// values.</summary>
internal static class FullMessage
{
    public static InboundMessage Value { get; } = new(
        "event", new Chat("chat", ChatKind.Group, "thread") { Title = "title" },
        new Sender("user", "Name", true) { IsSelf = true, Username = "username", Language = "pt-BR", Account = "account" }, "text")
    {
        Format = TextFormat.Markdown,
        MessageId = "message",
        Attachments =
        [
            new("reference", AttachmentKind.Voice) { Name = "file", ContentType = "audio/ogg", Size = 7, Duration = TimeSpan.FromSeconds(12.5) }
        ],
        Quote = new Quote("quoted")
        {
            Text = "quoted text",
            Sender = new Sender("author", "Author", true) { IsSelf = true, Username = "authorname", Language = "de", Account = "authoraccount" },
        },
        ForwardedFrom = new ForwardOrigin("Origin")
        {
            SenderId = "originsender", ChatId = "originchat", MessageId = "originmessage", PlatformTime = DateTimeOffset.UnixEpoch.AddDays(2),
        },
        GroupId = "album",
        Command = new InvokedCommand("command", "arguments") { Options = new Dictionary<string, string> { ["option"] = "chosen" } },
        Mentions = [new Mention("Mentioned", 3, 9) { Id = "mentionedid" }],
        Location = new Location(52.25, -13.75) { Name = "place", Address = "address" },
        PlatformTime = DateTimeOffset.UnixEpoch.AddDays(1),
        MentionsBot = true,
        State = new Dictionary<string, string> { ["cursor"] = "position" },
        Extras = new Dictionary<string, string> { ["extra"] = "fact" },
        Ticket = new Ticket("ticket", DateTimeOffset.UnixEpoch.AddDays(3)),
        Button = Pressed,
        IsHistory = true,
        IsSplit = true,
    };

    private static PressedButton Pressed => new("buttonid", "Button label", MessageTarget.Owed("m12"));

    /// <summary>An event of each kind.</summary>
    public static IReadOnlyList<InboundEvent> Events { get; } =
    [
        Value,
        new MessageEdited("editevent", Value.Chat, Value.Sender, "edited", "new text")
        {
            Format = TextFormat.Markdown,
            Attachments = Value.Attachments,
            Mentions = Value.Mentions,
            Location = Value.Location,
            MentionsBot = true,
            PlatformTime = Value.PlatformTime,
            State = Value.State,
            Extras = Value.Extras,
            Ticket = Value.Ticket,
        },
        new MessageDeleted("deleteevent", Value.Chat, Value.Sender, ["deletedone", "deletedtwo"])
        {
            PlatformTime = Value.PlatformTime,
            State = Value.State,
            Extras = Value.Extras,
            Ticket = Value.Ticket,
        },
        new ReactionChanged("reactionevent", Value.Chat, Value.Sender, "reactedto")
        {
            Added = [new("added") { CustomId = "addedid" }],
            Removed = [new("removed") { CustomId = "removedid" }],
            PlatformTime = Value.PlatformTime,
            State = Value.State,
            Extras = Value.Extras,
            Ticket = Value.Ticket,
        },
        new ButtonPressed("pressevent", Value.Chat, Value.Sender, "token")
        {
            MessageId = "pressedin",
            Button = Pressed,
            Values = new Dictionary<string, string> { ["field"] = "field value" },
            PlatformTime = Value.PlatformTime,
            State = Value.State,
            Extras = Value.Extras,
            Ticket = Value.Ticket,
        },
        new MembersChanged("membersevent", Value.Chat, Value.Sender, MemberChange.Left)
        {
            Members = [new Sender("member", "Member", true) { IsSelf = true, Username = "membername", Language = "fr", Account = "memberaccount" }],
            PlatformTime = Value.PlatformTime,
            State = Value.State,
            Extras = Value.Extras,
            Ticket = Value.Ticket,
        },
        new DeliveryChanged("deliveryevent", Value.Chat, Value.Sender, "reported", DeliveryChange.Failed)
        {
            Error = "reason",
            PlatformTime = Value.PlatformTime,
            State = Value.State,
            Extras = Value.Extras,
            Ticket = Value.Ticket,
        },
    ];

    /// <summary>Lists the members of a record of the contract, and of the records in it, with their values: path and text.</summary>
    public static Dictionary<string, string> Members(object record)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        Collect(record, "", members);
        return members;
    }

    private static void Collect(object? value, string path, Dictionary<string, string> members)
    {
        switch (value)
        {
            case IReadOnlyDictionary<string, string> map:
                foreach (var (key, text) in map) members[$"{path}.{key}"] = text;
                break;
            case IEnumerable list and not string:
                var index = 0;
                foreach (var item in list) Collect(item, $"{path}[{index++}]", members);
                break;
            case not null when value.GetType() is { IsClass: true } type && type.Assembly == typeof(InboundMessage).Assembly:
                foreach (var member in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                    Collect(member.GetValue(value), $"{path}.{member.Name}", members);
                break;
            default:
                members[path] = value is null or false or 0 or "" ? "" : Convert.ToString(value, CultureInfo.InvariantCulture)!;
                break;
        }
    }
}
