using System.Text;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Web.Api;

namespace PluginGateway.Tests.Web.Api;

public sealed class ApiRequestTests
{
    [Fact]
    public void Buttons_and_a_person_are_read_as_a_backend_writes_them()
    {
        var reply = Read("""
            "buttons":[{"id":"go","label":"Go","style":"danger"},{"label":"Wait"}],"once":false,"audience":"everyone","expiresSeconds":90,
            "visibleTo":{"id":"7","name":"Ann","username":"ann","account":"acc","isBot":false}
            """).Reply;
        var set = reply.Buttons!;
        Assert.Equal([("go", "Go", ButtonStyle.Danger), ("Wait", "Wait", ButtonStyle.Default)],
            set.Buttons.Select(static button => (button.Id, button.Label, button.Style)));
        Assert.Equal((false, ButtonAudience.Everyone, TimeSpan.FromSeconds(90)), (set.Once, set.Audience, set.ExpiresAfter));
        Assert.Equal(("7", "Ann", "ann", "acc"),
            (reply.VisibleTo!.Id, reply.VisibleTo.Name, reply.VisibleTo.Username, reply.VisibleTo.Account));
        var bare = Read("""
            "buttons":[{"label":"Go"}],"visibleTo":"7"
            """).Reply;
        Assert.Equal((true, null, TimeSpan.FromDays(7)), (bare.Buttons!.Once, bare.Buttons.Audience, bare.Buttons.ExpiresAfter));
        Assert.Equal(new Sender("7"), bare.VisibleTo);
    }

    [Theory]
    [InlineData(""" "buttons":null,"visibleTo":null,"audience":null,"expiresSeconds":null """)]
    [InlineData(""" "buttons":[] """)]
    public void Absent_buttons_are_none(string members)
    {
        var reply = Read(members).Reply;
        Assert.Null(reply.Buttons);
        Assert.Null(reply.VisibleTo);
    }

    [Theory]
    [InlineData(""" "buttons":{} """, "'buttons' must be a list")]
    [InlineData(""" "buttons":["Yes"] """, "'buttons' must be a list")]
    [InlineData(""" "buttons":[{"id":"y"}] """, "'buttons' must be a list")]
    [InlineData(""" "buttons":[{"label":"Yes","style":"pink"}] """, "'buttons' must be a list")]
    [InlineData(""" "buttons":[{"label":"Yes","url":"x"}] """, "'buttons' must be a list")]
    [InlineData(""" "buttons":[{"label":"Yes"},{"label":"Yes"}] """, "Two buttons have the id 'Yes'.")]
    [InlineData(""" "buttons":[{"label":""}] """, "empty string")]
    [InlineData(""" "buttons":[{"label":"Yes"}],"once":"no" """, "'once' must be true or false.")]
    [InlineData(""" "buttons":[{"label":"Yes"}],"audience":"nobody" """, "'audience' must be")]
    [InlineData(""" "buttons":[{"label":"Yes"}],"expiresSeconds":0 """, "'expiresSeconds' must be")]
    [InlineData(""" "buttons":[{"label":"Yes"}],"expiresSeconds":604801 """, "'expiresSeconds' must be")]
    [InlineData(""" "buttons":[{"label":"Yes"}],"expiresSeconds":"60" """, "'expiresSeconds' must be")]
    [InlineData(""" "visibleTo":7 """, "'visibleTo' must be")]
    [InlineData(""" "visibleTo":{"name":"Ann"} """, "'visibleTo' must be")]
    [InlineData(""" "visibleTo":"" """, "empty string")]
    public void A_wrong_member_is_refused_with_its_name(string members, string sentence)
    {
        Assert.Null(ApiRequest.Read(Body(members), null, out var problem));
        Assert.Contains(sentence, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_token_of_a_turn_buttons_and_a_person_are_known_too()
    {
        var grant = new ReplyGrant(5, 0, "a", "1", ChatKind.Group, null);
        var request = ApiRequest.Read(
            """{"text":"t","key":"k","buttons":[{"label":"Go"}],"audience":"sender","visibleTo":"7"}"""u8.ToArray(), grant, out _)!;
        Assert.Equal((5, "Go", new Sender("7")), (request.Turn, request.Reply.Buttons!.Buttons[0].Id, request.Reply.VisibleTo));
    }

    private static MessageApiRequest Read(string members)
    {
        var request = ApiRequest.Read(Body(members), null, out var problem);
        Assert.True(request is not null, problem);
        return request!;
    }

    private static byte[] Body(string members) => Encoding.UTF8.GetBytes($$"""{"to":"a:1","text":"t","key":"k",{{members}} }""");
}
