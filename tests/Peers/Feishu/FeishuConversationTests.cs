using System.Net;
using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>People on the fake platform talk to the real executable.</summary>
public sealed class FeishuConversationTests
{
    [Fact]
    public void Echo_answers_over_the_long_connection_in_private_in_a_group_and_in_a_thread_at_the_platforms_pace()
    {
        using var platform = new FakePlatform { RepeatsSecrets = true };
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform);
        List<(string, string)> said = [];
        void Say(string chat, string text, int parts = 1)
        {
            said.Add((chat, text));
            platform.Say(chat, text, chatType: chat == "oc_private" ? "p2p" : "group", parts: parts);
        }

        Say("oc_private", "grüß dich, 世界 🎉");
        Say("oc_private", new string('世', 20_000), parts: 7); // 60 kB in seven frames
        for (var i = 0; i < 12; i++) Say("oc_group", $"{i}"); // more at once than a chat may be sent in a second
        platform.ExpireTokens();
        var root = platform.Say("oc_topics", "first of a topic", chatType: "topic_group", change: static message => message["thread_id"] = "omt_1");
        said.Add(("oc_topics", "first of a topic"));
        var second = platform.Say("oc_topics", "second", chatType: "topic_group",
            change: message => (message["thread_id"], message["root_id"], message["parent_id"]) = ("omt_1", root, root));
        said.Add(("oc_topics", "second\n(answers ou_ann: first of a topic)"));

        gateway.AwaitAnswers(platform, said);
        Assert.All(platform.Messages.Where(static message => message.Chat == "oc_topics"),
            message => Assert.True(message.InThread && (message.ReplyTo == root || message.ReplyTo == second)));
        Assert.All(platform.Events, static sent => Assert.True(sent is { Acknowledged: not null, Pushes: 1 }));
        Assert.Empty(platform.Connections.Values.Single().Complaints);
        Assert.Equal(said.Count, gateway.AwaitBalance());
        Assert.Equal(0, gateway.Stop());
        Bound.Until(() => platform.Connections.IsEmpty, Bound.Command, () => "the connection was not closed");
        FeishuGateway.AssertNoSecret(folder, platform, gateway.Said);
    }

    [Fact]
    public void Echo_answers_over_the_http_callback_and_nobody_else_is_heard_there()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform, static settings => settings["receive"] = "callback");
        var hook = new Uri(gateway.Address, "/hooks/feishu");
        using var http = new HttpClient();
        HttpStatusCode Post(HttpRequestMessage request)
        {
            using (request)
            using (var response = http.Send(request)) return response.StatusCode;
        }

        using (var challenge = FakeCallback.Of(
            hook, FakeCallback.Challenge("c-1", platform.VerificationToken), platform.EncryptKey, DateTimeOffset.UtcNow, signs: false))
        using (var answer = http.Send(challenge))
        using (var text = new StreamReader(answer.Content.ReadAsStream())) Assert.Equal("""{"challenge":"c-1"}""", text.ReadToEnd());

        platform.CallbackAddress = hook;
        platform.Say("oc_1", "signed");
        gateway.AwaitAnswers(platform, [("oc_1", "signed")]);
        var payload = System.Text.Encoding.UTF8.GetString(platform.Events[0].Payload);
        Assert.Equal(HttpStatusCode.Unauthorized, Post(FakeCallback.Of(hook, payload, platform.EncryptKey, DateTimeOffset.UtcNow, signs: false)));
        Assert.Equal(HttpStatusCode.Unauthorized, Post(FakeCallback.Of(hook, payload, "another key", DateTimeOffset.UtcNow)));
        Assert.Equal(HttpStatusCode.Unauthorized, Post(FakeCallback.Of(hook, payload, platform.EncryptKey, DateTimeOffset.UtcNow.AddMinutes(-6))));
        Assert.Equal(HttpStatusCode.Unauthorized, Post(FakeCallback.Of(hook, payload, null, DateTimeOffset.UtcNow)));
        // pushed again: the same event under a new signature
        Assert.Equal(HttpStatusCode.OK, Post(FakeCallback.Of(hook, payload, platform.EncryptKey, DateTimeOffset.UtcNow)));
        Assert.Single(platform.Messages);

        // While it is down the platform keeps what is said, and posts it again.
        Assert.Equal(1, gateway.AwaitBalance());
        Assert.Equal(0, gateway.Stop());
        platform.Say("oc_1", "while it was down");
        Bound.Until(() => platform.Events[1].Pushes >= 1, Bound.Command, () => "nothing is posted");
        using var next = FeishuGateway.Start(folder, platform, static settings => settings["receive"] = "callback", port: gateway.Port);
        next.AwaitAnswers(platform, [("oc_1", "signed"), ("oc_1", "while it was down")]);
        Assert.Equal(2, next.AwaitBalance());
        Assert.Equal(0, next.Stop());
        FeishuGateway.AssertNoSecret(folder, platform, gateway.Said, next.Said);
    }

    [Fact]
    public void Two_gateways_share_the_messages_of_one_app()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var first = new TempFolder();
        using var second = new TempFolder();
        using var one = FeishuGateway.Start(first, platform);
        using var two = FeishuGateway.Start(second, platform);
        Bound.Until(() => platform.Connections.Count == 2, Bound.Start, () => $"not both are connected:\n{one.Said}\n{two.Said}");
        (string, string)[] said = [.. Enumerable.Range(0, 12).Select(static i => ($"oc_{i}", $"{i}"))];
        foreach (var (chat, text) in said) platform.Say(chat, text);
        one.AwaitAnswers(platform, said);
        Assert.Equal(2, platform.Events.SelectMany(static sent => sent.Ways).Distinct().Count());
        Assert.Equal((0, 0), (one.Stop(), two.Stop()));
    }
}
