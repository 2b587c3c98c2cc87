namespace PluginGateway;

/// <summary>Quote: the earlier message that a message answers, as far as the event itself reports it.</summary>
public sealed record Quote
{
    /// <summary>Creates a quote.</summary>
    /// <param name="messageId">The platform's id of the quoted message, or null if the platform does not report it.</param>
    /// <exception cref="ArgumentException">The id is empty, has more than 512 characters or has control characters.</exception>
    public Quote(string? messageId) => MessageId = messageId;

    /// <summary>Platform's id of the quoted message, or null.</summary>
    public string? MessageId { get; init => field = Ensure.OptionalToken(value, "messageId"); }

    /// <summary>Text of the quoted message, or the part of it that the author marked; null if the platform does not report it.</summary>
    public string? Text { get; init; }

    /// <summary>Author of the quoted message, or null.</summary>
    public Sender? Sender { get; init; }

    /// <summary>Reference to the quoted message, if the gateway has sent it within the last seven days; otherwise null. Set by the host: a value
    /// that an adapter gives is not kept.</summary>
    public MessageTarget? Target { get; init; }
}

/// <summary>Origin of a forwarded message.</summary>
public sealed record ForwardOrigin
{
    /// <summary>Creates an origin.</summary>
    /// <param name="name">The displayed name of the original author or chat, or null.</param>
    public ForwardOrigin(string? name) => Name = name;

    /// <summary>Displayed name of the original author or chat, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Platform's id of the original author, or null: unknown or hidden.</summary>
    public string? SenderId { get; init => field = Ensure.OptionalToken(value, nameof(SenderId)); }

    /// <summary>Platform's id of the original chat, or null.</summary>
    public string? ChatId { get; init => field = Ensure.OptionalToken(value, nameof(ChatId)); }

    /// <summary>Platform's id of the original message in its chat, or null.</summary>
    public string? MessageId { get; init => field = Ensure.OptionalToken(value, nameof(MessageId)); }

    /// <summary>Time of the original message according to the platform, or null.</summary>
    public DateTimeOffset? PlatformTime { get; init; }
}

/// <summary>Command that a platform gives to the bot, such as <c>/start</c>.</summary>
public sealed record InvokedCommand
{
    /// <summary>Creates a command.</summary>
    /// <param name="name">The name without a prefix and without the bot's name, for example <c>start</c>.</param>
    /// <param name="arguments">The text behind the name, without leading white space; empty for none.</param>
    /// <exception cref="ArgumentException">The name is empty, has more than 512 characters or has control characters.</exception>
    public InvokedCommand(string name, string arguments)
    {
        Name = name;
        Arguments = arguments;
    }

    /// <summary>Name without a prefix and without the bot's name.</summary>
    public string Name { get; init => field = Ensure.Token(value, "name"); }

    /// <summary>Text behind the name; empty for none.</summary>
    public string Arguments { get; init => field = Ensure.NotNull(value, "arguments"); }

    /// <summary>Options by name, where the platform has commands with a form; otherwise empty.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init => field = Ensure.Map(value); } = Ensure.Map([]);
}

/// <summary>Mention of a person in the text of a message.</summary>
public sealed record Mention
{
    /// <summary>Creates a mention.</summary>
    /// <param name="name">The name as the text has it, without a leading <c>@</c>.</param>
    /// <param name="offset">The start of the mention in the text, in UTF-16 units.</param>
    /// <param name="length">The length of the mention, in UTF-16 units.</param>
    /// <exception cref="ArgumentException">The name is null, the offset is negative or the length is not positive.</exception>
    public Mention(string name, int offset, int length)
    {
        Name = name;
        Offset = offset;
        Length = length;
    }

    /// <summary>Name as the text has it, without a leading <c>@</c>.</summary>
    public string Name { get; init => field = Ensure.NotNull(value, "name"); }

    /// <summary>Platform's id of the person, or null if the platform does not report it.</summary>
    public string? Id { get; init => field = Ensure.OptionalToken(value, nameof(Id)); }

    /// <summary>Start of the mention in the text, in UTF-16 units.</summary>
    public int Offset
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, "offset");
            field = value;
        }
    }

    /// <summary>Length of the mention, in UTF-16 units.</summary>
    public int Length
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, "length");
            field = value;
        }
    }
}

/// <summary>Place on earth (WGS 84).</summary>
public sealed record Location
{
    private const double MaxLatitude = 90;
    private const double MaxLongitude = 180;

    /// <summary>Creates a location.</summary>
    /// <param name="latitude">The latitude in degrees, -90 to 90.</param>
    /// <param name="longitude">The longitude in degrees, -180 to 180.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range or no number.</exception>
    public Location(double latitude, double longitude)
    {
        Latitude = latitude;
        Longitude = longitude;
    }

    /// <summary>Latitude in degrees, -90 to 90.</summary>
    public double Latitude { get; init => field = Ensure.Within(value, MaxLatitude, "latitude"); }

    /// <summary>Longitude in degrees, -180 to 180.</summary>
    public double Longitude { get; init => field = Ensure.Within(value, MaxLongitude, "longitude"); }

    /// <summary>Name of the place, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Address of the place, or null.</summary>
    public string? Address { get; init; }
}
