using System.Reflection;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Contract;

/// <summary>Account and limits of a connection: what is refused, and what replaces the attribute's limits.</summary>
public sealed class ConnectionInfoTests
{
    private static readonly ConnectionInfo Full = new()
    {
        AccountId = "4711",
        AccountName = "A bot",
        MaxTextLength = 50,
        MaxCaption = 4,
        ClientSplitLength = 5,
        GroupMessagesPerMinute = 6,
        AccountEditsPerSecond = 0.5,
        ChatEditsPerSecond = 0.75,
        MaxEdits = 7,
        EditWindowSeconds = 8,
        SenderIdsProve = false,
        Idempotency = Idempotency.Reconcilable,
        IdempotencySeconds = 9,
        MaxAttachmentBytes = 5_000_000_000,
        MaxAttachments = 2,
        MaxButtons = 3,
        MaxButtonLabel = 20,
        AccountMessagesPerSecond = 0.25,
        ChatMessagesPerSecond = 1.5,
    };

    private static PropertyInfo[] Members => typeof(ConnectionInfo).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    [Fact]
    public void The_empty_one_has_no_member() => Assert.All(Members, static member => Assert.Null(member.GetValue(ConnectionInfo.Empty)));

    [Fact]
    public void A_frame_with_a_limit_out_of_range_is_refused()
    {
        var writer = FrameWriter.Begin(FrameKind.Answer, RemoteOperation.Connect, 1);
        writer.Text(null).Text(null).Maybe(-1).Maybe((long?)null).Maybe((long?)null).Maybe((long?)null).Maybe((long?)null);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            var reader = new FrameReader(writer.Finish()[Frame.LengthBytes..]);
            (_, _, _) = (reader.Byte(), reader.Byte(), reader.Int());
            Results.ReadConnectionInfo(ref reader);
        });
    }

    [Fact]
    public void Every_limit_of_a_connection_replaces_the_attributes_and_a_missing_one_leaves_it()
    {
        var attribute = new AdapterTraits
        {
            MaxTextLength = 4096,
            MaxCaption = 1024,
            ClientSplitLength = 4096,
            GroupMessagesPerMinute = 20,
            AccountEditsPerSecond = 1,
            ChatEditsPerSecond = 1,
            MaxEdits = 20,
            EditWindowSeconds = 900,
            IdempotencySeconds = 60,
            MaxAttachmentBytes = 1000,
            MaxAttachments = 10,
            MaxButtons = 8,
            MaxButtonLabel = 80,
            AccountMessagesPerSecond = 30,
            ChatMessagesPerSecond = 1,
            ConcurrentSends = 3,
            TextUnit = TextUnit.CodePoints,
        };
        var effective = attribute.With(Full);
        foreach (var member in Members.Where(static member => member.PropertyType != typeof(string)))
        {
            Assert.NotNull(member.GetValue(Full));
            Assert.Equal(member.GetValue(Full), typeof(AdapterTraits).GetProperty(member.Name)!.GetValue(effective));
        }

        Assert.Equal((3, TextUnit.CodePoints), (effective.ConcurrentSends, effective.TextUnit));
        Assert.Equal(attribute, attribute.With(ConnectionInfo.Empty));
        Assert.Equal(0, attribute.With(new ConnectionInfo { MaxTextLength = 0 }).MaxTextLength);
    }

    public static TheoryData<string, Func<ConnectionInfo>> OutOfRange => new()
    {
        { "MaxTextLength is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { MaxTextLength = -1 } },
        { "MaxAttachmentBytes is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { MaxAttachmentBytes = -1 } },
        { "MaxAttachments is -2; allowed: 0 or more, or null.", static () => new ConnectionInfo { MaxAttachments = -2 } },
        { "MaxButtons is -1; allowed: 0 to 64, or null.", static () => new ConnectionInfo { MaxButtons = -1 } },
        { "MaxButtons is 65; allowed: 0 to 64, or null.", static () => new ConnectionInfo { MaxButtons = 65 } },
        { "MaxButtonLabel is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { MaxButtonLabel = -1 } },
        { "MaxCaption is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { MaxCaption = -1 } },
        { "ClientSplitLength is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { ClientSplitLength = -1 } },
        { "GroupMessagesPerMinute is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { GroupMessagesPerMinute = -1 } },
        { "MaxEdits is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { MaxEdits = -1 } },
        { "EditWindowSeconds is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { EditWindowSeconds = -1 } },
        { "IdempotencySeconds is -1; allowed: 0 or more, or null.", static () => new ConnectionInfo { IdempotencySeconds = -1 } },
        { "'9' is no Idempotency.", static () => new ConnectionInfo { Idempotency = (Idempotency)9 } },
        { "AccountEditsPerSecond is 1E-05; allowed: 0 (no limit), 0.0001 and more, or null.",
            static () => new ConnectionInfo { AccountEditsPerSecond = 0.00001 } },
        { "ChatEditsPerSecond is -1; allowed: 0 (no limit), 0.0001 and more, or null.", static () => new ConnectionInfo { ChatEditsPerSecond = -1 } },
        { "AccountMessagesPerSecond is -1; allowed: 0 (no limit), 0.0001 and more, or null.",
            static () => new ConnectionInfo { AccountMessagesPerSecond = -1 } },
        { "AccountMessagesPerSecond is NaN; allowed: 0 (no limit), 0.0001 and more, or null.",
            static () => new ConnectionInfo { AccountMessagesPerSecond = double.NaN } },
        { "ChatMessagesPerSecond is 1E-05; allowed: 0 (no limit), 0.0001 and more, or null.",
            static () => new ConnectionInfo { ChatMessagesPerSecond = 0.00001 } },
        { "ChatMessagesPerSecond is Infinity; allowed: 0 (no limit), 0.0001 and more, or null.",
            static () => new ConnectionInfo { ChatMessagesPerSecond = double.PositiveInfinity } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_limit_out_of_range_is_refused_with_its_name_the_value_and_the_range(string sentence, Func<ConnectionInfo> make)
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(make);
        // The first line is what the operator is shown.
        Assert.StartsWith(sentence, CallFailure.Of(refused).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_account_id_is_a_token_and_its_name_any_text()
    {
        foreach (var id in (string[])["", "a\nb", new('x', 513)]) Assert.Throws<ArgumentException>(() => new ConnectionInfo { AccountId = id });
        Assert.Equal("A\nbot", new ConnectionInfo { AccountName = "A\nbot" }.AccountName);
        Assert.Equal(0.0001, new ConnectionInfo { AccountMessagesPerSecond = 0.0001 }.AccountMessagesPerSecond);
    }
}
