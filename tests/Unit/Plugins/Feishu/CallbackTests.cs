using System.Text;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.FakeFeishu;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Which callbacks are the platform's.</summary>
public sealed class CallbackTests
{
    private const string Key = "encrypt-key-1";
    private const string Token = "verification-1";
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
    private static readonly string Event =
        $$$"""{"schema":"2.0","header":{"event_id":"e1","token":"{{{Token}}}","event_type":"im.message.receive_v1"},"event":{"a":"+/ü😀"}}""";

    [Fact]
    public void The_vendors_vector_is_decrypted() =>
        Assert.Equal("hello world", Encoding.UTF8.GetString(CallbackCheck.Decrypt("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=", "test key"u8)!));

    [Fact]
    public async Task An_encrypted_and_signed_event_is_the_platforms()
    {
        var read = Check().Check(await CallAsync(FakeCallback.Of(Here, Event, Key, Now)), Now);
        Assert.Equal((null, "e1"), (read.Problem, read.Event!.Value.Get("header").String("event_id")));
    }

    [Fact]
    public async Task A_challenge_is_answered_encrypted_and_unsigned_or_plain()
    {
        var challenge = FakeCallback.Challenge("c-1", Token);
        Assert.Equal("c-1", Check().Check(await CallAsync(FakeCallback.Of(Here, challenge, Key, Now, signs: false)), Now).Challenge);
        Assert.Equal("c-1", Check(key: null).Check(await CallAsync(FakeCallback.Of(Here, challenge, null, Now)), Now).Challenge);
        Assert.NotNull(Check().Check(await CallAsync(FakeCallback.Of(Here, FakeCallback.Challenge("c-1", "wrong"), Key, Now)), Now).Problem);
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("no signature")]
    [InlineData("body")]
    [InlineData("nonce")]
    [InlineData("old")]
    [InlineData("future")]
    [InlineData("key")]
    [InlineData("plain")]
    [InlineData("token")]
    [InlineData("no JSON")]
    [InlineData("unsealed")]
    public async Task What_is_not_the_platforms_is_refused(string wrong)
    {
        var json = wrong == "token" ? Event.Replace(Token, "verification-2", StringComparison.Ordinal) : Event;
        var at = wrong switch { "old" => Now.AddSeconds(-301), "future" => Now.AddSeconds(301), _ => Now };
        var call = await CallAsync(
            FakeCallback.Of(Here, json, wrong == "plain" ? null : wrong == "key" ? "another" : Key, at, signs: wrong != "no signature"));
        var headers = new Dictionary<string, string>(call.Headers);
        if (wrong == "signature") headers["X-Lark-Signature"] = new string('0', 64);
        if (wrong == "nonce") headers["X-Lark-Request-Nonce"] += "1";
        var body = wrong switch
        {
            "body" => [.. call.Body.ToArray(), (byte)' '],
            "no JSON" => "<>"u8.ToArray(),
            "unsealed" => """{"encrypt":"AAAA"}"""u8.ToArray(),
            _ => call.Body.ToArray(),
        };
        var read = Check().Check(new HttpCall("POST", "", body) { Headers = headers }, Now);
        Assert.NotNull(read.Problem);
        Assert.Null(read.Event);
        Assert.Null(read.Challenge);
    }

    [Fact]
    public async Task Without_an_encrypt_key_the_token_decides()
    {
        var check = Check(key: null);
        Assert.Null(check.Check(await CallAsync(FakeCallback.Of(Here, Event, null, Now)), Now).Problem);
        Assert.NotNull(
            check.Check(await CallAsync(FakeCallback.Of(Here, Event.Replace(Token, "", StringComparison.Ordinal), null, Now)), Now).Problem);
        Assert.NotNull(check.Check(await CallAsync(FakeCallback.Of(Here, Event, Key, Now)), Now).Problem);
    }

    [Fact]
    public void A_signature_is_remembered_for_as_long_as_it_is_good()
    {
        var clock = new FakeTimeProvider();
        var seen = new SeenCalls(TimeSpan.FromSeconds(300), clock);
        seen.Add("s");
        clock.Advance(TimeSpan.FromSeconds(599));
        Assert.True(seen.Contains("s"));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(seen.Contains("s"));
    }

    private static Uri Here { get; } = new("http://127.0.0.1:1/");

    private static CallbackCheck Check(string? key = Key) => new(new FeishuSettings { EncryptKey = key, VerificationToken = Token });

    private static async Task<HttpCall> CallAsync(HttpRequestMessage request) => new(
        "POST", "", await request.Content!.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))
    {
        Headers = request.Headers.ToDictionary(static header => header.Key, static header => header.Value.Single()),
    };
}
