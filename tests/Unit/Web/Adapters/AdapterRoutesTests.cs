using PluginGateway.Web.Adapters;

namespace PluginGateway.Tests.Web.Adapters;

public sealed class AdapterRoutesTests
{
    [Fact]
    public void A_path_that_two_adapters_claim_is_the_first_ones_and_the_other_is_told()
    {
        var routes = new AdapterRoutes();
        var serve = new Serve(_ => HttpReply.Empty(200));
        routes.Publish([new("first", "/chat", serve), new("other", "/other", serve), new("second", "/chat", serve), new("third", null, serve)]);
        Assert.Equal("first", routes.Find("/chat/x").Route?.AdapterId);
        Assert.Equal("second", routes.Find("/hooks/second/x").Route?.AdapterId);
        var refused = Assert.Single(routes.Refused);
        Assert.Equal(new RefusedPrefix("second", "/chat", "first"), refused);
        Assert.Contains("adapter 'first'", refused.Sentence, StringComparison.Ordinal);

        // Its owner keeps it while it reconnects, and leaves it to the other when it is gone.
        routes.Publish([new("first", "/chat", null), new("second", "/chat", serve)]);
        Assert.Equal((RouteOutcome.NotConnected, "first"), (routes.Find("/chat").Outcome, routes.Find("/chat").Route?.AdapterId));
        routes.Publish([new("second", "/chat", serve)]);
        Assert.Equal("second", routes.Find("/chat").Route?.AdapterId);
        Assert.Empty(routes.Refused);
    }
}
