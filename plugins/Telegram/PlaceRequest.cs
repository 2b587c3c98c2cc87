using System.Globalization;
using Telegram.Bot.Requests;
using Telegram.Bot.Requests.Abstractions;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Requests that send a place: a venue, if it has a name or an address, else a point on the map (Bot API, sendVenue and
/// sendLocation).</summary>
internal static class PlaceRequest
{
    public static IRequest Of(Destination to, Location place)
    {
        var title = string.IsNullOrWhiteSpace(place.Name) ? place.Address : place.Name;
        if (string.IsNullOrWhiteSpace(title))
            return new SendLocationRequest
            {
                ChatId = to.Chat,
                Latitude = place.Latitude,
                Longitude = place.Longitude,
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
                ReplyMarkup = to.Keyboard,
            };
        return new SendVenueRequest
        {
            ChatId = to.Chat,
            Latitude = place.Latitude,
            Longitude = place.Longitude,
            Title = title,
            // A venue must have both.
            Address = string.IsNullOrWhiteSpace(place.Address)
                ? string.Create(CultureInfo.InvariantCulture, $"{place.Latitude}, {place.Longitude}")
                : place.Address,
            MessageThreadId = to.Topic,
            ReplyParameters = to.ReplyTo,
            DisableNotification = to.IsSilent,
            ProtectContent = to.Options.IsProtected,
            MessageEffectId = to.Options.Effect,
            ReplyMarkup = to.Keyboard,
        };
    }
}
