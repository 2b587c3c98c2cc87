using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>The fake platform is one that the vendor's own SDK accepts; so what the adapter is tested against is not of our making alone.</summary>
public sealed class OfficialSdkTests
{
    [Fact]
    public void It_connects_acknowledges_puts_parts_together_and_reconnects()
    {
        using var platform = new FakePlatform { PingInterval = 1 };
        platform.Start(FreePort.Next());
        using var sdk = OfficialSdk.Start(platform, "ws");
        sdk.Await("ready");
        platform.Say("oc_1", "whole");
        platform.Say("oc_1", $"in parts {new string('世', 1000)}", parts: 5);
        sdk.Await("message", 2);
        Bound.Until(() => platform.Events.All(static sent => sent.Acknowledged is not null), Bound.Replies, () => "not every event is acknowledged");
        var connection = Assert.Single(platform.Connections.Values);
        // One answer for each event, however many its parts; and the ping interval that a pong brought is kept.
        Assert.Equal(2, connection.Answers.Count);
        Bound.Until(() => connection.Pings >= 3, Bound.Replies, () => "it does not ping every second");
        Assert.Empty(connection.Complaints);

        platform.PushAgain = [TimeSpan.FromMilliseconds(100)];
        platform.Say("oc_1", "fail");
        sdk.Await("message", 4); // refused with 500, pushed again
        // The SDK prints before it answers; so its second refusal may still be on its way.
        Bound.Until(() => platform.Events[^1].IsLost, Bound.Replies, () => $"{platform.Events[^1].Refusals} refusals have come");
        Assert.Equal(2, platform.Events[^1].Refusals);

        platform.Stop();
        sdk.Await("reconnecting");
        platform.Start();
        sdk.Await("reconnected");
        platform.Say("oc_1", "after");
        sdk.Await("message", 5);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("callback")]
    public void It_reads_a_press_and_its_answer_is_a_toast(string mode)
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var sdk = OfficialSdk.Start(platform, mode);
        sdk.Await(mode == "ws" ? "ready" : "listening");
        if (mode == "callback") platform.CallbackAddress = new Uri($"http://127.0.0.1:{sdk.Texts("listening")[0]}/hook");
        var card = platform.Take("oc_1", "interactive", "{}", null, null, inThread: false);
        foreach (var (token, outcome) in ((string, string)[])[("loud", "info: loud ü"), ("quiet", "")])
        {
            var press = platform.Press(card, new JsonObject { ["token"] = token });
            Bound.Until(() => press.Outcome is not null, Bound.Replies, () => "the press is not answered");
            Assert.Equal(outcome, press.Outcome);
        }

        Assert.Equal([$"loud oc_1 {card.Id} ou_ann", $"quiet oc_1 {card.Id} ou_ann"], sdk.Texts("press"));
    }

    [Fact]
    public void Its_calls_do_what_they_do_on_the_platform()
    {
        using var platform = new FakePlatform { EnforcesRates = false };
        platform.Start();
        using var sdk = OfficialSdk.Start(platform, "client");
        sdk.Await("done");
        string[] calls = ["create", "reply", "update", "patch", "react", "reactions", "unreact", "delete"];
        foreach (var call in calls) Assert.All(sdk.Texts(call), static code => Assert.Equal("0", code));
        Assert.Equal(
            ("true", "1", "true", "true"), (sdk.Texts("same")[0], sdk.Texts("listed")[0], sdk.Texts("uploaded")[0], sdk.Texts("downloaded")[0]));
        Assert.Equal(["one, edited", "two", "**d**"], platform.TextsIn("oc_sdk"));
        Assert.True(platform.Messages[0].IsRecalled);
        Assert.Equal(1, platform.TokensGiven);
    }

    [Fact]
    public void It_accepts_the_signature_of_a_callback_and_its_challenge_and_no_forged_one()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var sdk = OfficialSdk.Start(platform, "callback");
        sdk.Await("listening");
        var address = new Uri($"http://127.0.0.1:{sdk.Texts("listening")[0]}/hook");
        using var http = new HttpClient();
        using (var challenge = FakeCallback.Of(
            address, FakeCallback.Challenge("c+1", platform.VerificationToken), platform.EncryptKey, DateTimeOffset.UtcNow))
        {
            using var answer = http.Send(challenge);
            using var text = new StreamReader(answer.Content.ReadAsStream());
            Assert.Equal("""{"challenge":"c+1"}""", text.ReadToEnd());
        }

        using (var forged = FakeCallback.Of(
            address, """{"schema":"2.0","header":{"event_type":"im.message.receive_v1"},"event":{"message":{"content":"{\"text\":\"forged\"}"}}}""",
            platform.EncryptKey, DateTimeOffset.UtcNow))
        {
            forged.Headers.Remove("X-Lark-Signature");
            forged.Headers.Add("X-Lark-Signature", new string('0', 64));
            http.Send(forged).Dispose();
        }

        platform.CallbackAddress = address;
        platform.Say("oc_1", "signed + ü 😀");
        sdk.Await("message");
        Bound.Until(() => platform.Events[0].Acknowledged is not null, Bound.Replies, () => "it is not acknowledged");
        Assert.Equal(["signed + ü 😀"], sdk.Texts("message"));
    }
}
