using PluginGateway.Plugins.Webhook;

namespace PluginGateway.Tests.Plugins.Backends;

public sealed class SignatureTests
{
    /// <summary>The example of the libraries of Standard Webhooks.</summary>
    [Fact]
    public void Signature_is_the_one_that_standard_webhooks_give()
    {
        var secrets = Secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        var signature = Signature.OfStandard(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", """{"test": 2432232314}"""u8.ToArray());
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    [Fact]
    public void Every_secret_signs_and_the_first_one_comes_first()
    {
        var body = "{}"u8.ToArray();
        string[] alone = [.. new[] { "0123456789abcdef", "fedcba9876543210" }.Select(secret => Signature.Of(Secrets(secret), "1", body))];
        Assert.Equal($"{alone[0]},{alone[1]}", Signature.Of(Secrets("0123456789abcdef", "fedcba9876543210"), "1", body));
        Assert.Equal(2, Signature.OfStandard(Secrets("0123456789abcdef", "fedcba9876543210"), "id", "1", body).Split(' ').Length);
    }

    [Theory]
    [InlineData(""" "secret": "short" """, "'secret': It must be one line of text of at least 16 bytes")]
    [InlineData(""" "secret": "0123456789abcdef", "secondSecret": "short" """, "'secondSecret': It must be one line of text of at least 16 bytes")]
    [InlineData(""" "secret": "whsec_no Base64 at all" """, "'secret': It begins with 'whsec_'")]
    [InlineData(""" "secret": "0123456789abcdef", "secondSecrets": "x" """, "'secondSecrets': There is no such setting; did you mean 'secondSecret'?")]
    public void Secret_that_cannot_sign_is_refused_with_its_name(string settings, string sentence)
    {
        var refused = Assert.Throws<PluginException>(
            () => PluginSettings.Parse($$"""{ "url": "https://backend.example.org/", {{settings}} }""").Read(WebhookSettings.Read));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<WebhookSecret> Secrets(params string[] texts) => [.. texts.Select(static text => WebhookSecret.Read(text)!)];
}
