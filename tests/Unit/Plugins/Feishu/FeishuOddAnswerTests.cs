using PluginGateway.FakeFeishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Answers that are not the platform's, or that nobody knows: they pass, and a question that failed is no answer.</summary>
public sealed class FeishuOddAnswerTests
{
    private const string Messages = "/open-apis/im/v1/messages";

    private static readonly string[] Ways = ["/callback/ws/endpoint", "/open-apis/auth/v3/tenant_access_token/internal", "/open-apis/bot/v3/info"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, string> Odd => new()
    {
        { 403, """{"code":403,"message":"Forbidden"}""" },
        { 403, """{"code":403,"msg":"Forbidden"}""" },
        { 200, """{"code":403,"msg":"blocked by policy","data":null}""" },
        { 401, """{"code":514,"msg":"auth failed"}""" },
        { 200, """{"code":514,"msg":"no"}""" },
        { 403, """{"code":10014,"message":"no"}""" },
        { 200, """{"code":"403","msg":"Forbidden"}""" },
        { 200, """{"code":0,"message":"ok"}""" },
        { 200, """{"status":"maintenance"}""" },
        { 404, """{"code":404,"msg":"message route not found"}""" },
        { 404, """{"message":"no Route matched with those values"}""" },
        { 404, "404 page not found" },
        { 403, "<html>" },
        { 418, "" },
        { 200, "" },
        { 200, "\uFEFF" },
        { 200, "[]" },
        { 302, "" },
        { 400, """{"code":777777,"msg":"a code that nobody knows"}""" },
        { 400, """{"code":400}""" },
        { 400, """{"code":10014,"message":"no"}""" },
    };

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task An_odd_answer_to_a_connect_never_waits_for_the_operator(int status, string body)
    {
        await using var fixture = new FeishuFixture();
        foreach (var path in Ways)
        {
            fixture.Platform.Intercepted.Enqueue((path, status, body));
            var fault = (await Assert.ThrowsAsync<PluginException>(() => fixture.ConnectAsync())).Fault;
            Assert.True(fault.Retry == FaultRetry.WithBackoff, $"{path}: {fault.Code} {fault.Message}");
            Assert.NotEqual(PluginFault.UnauthorizedCode, fault.Code);
            await fixture.Adapter.DisposeAsync();
            fixture.Renew();
        }

        _ = await fixture.ConnectAsync();
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task An_odd_answer_to_a_send_loses_nothing_and_says_nothing_twice(int status, string body)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.Intercepted.Enqueue((Messages, status, body));
        var odd = await fixture.SendAsync("again");
        Assert.NotEqual(SendOutcome.Sent, odd.Outcome);
        Assert.NotEqual(SendRetryKind.Never, odd.Error!.Retry.Kind);
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("again")).Outcome);
        Assert.Equal(["again"], fixture.Platform.TextsIn("oc_1"));
    }

    [Theory]
    [InlineData("""{"code":11310}""")]
    [InlineData("""{"code":230099,"data":{}}""")]
    public async Task A_refusal_that_names_its_code_only_is_the_platforms_and_another_form_is_sent(string body)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        for (var i = 0; i < 2; i++) fixture.Platform.Intercepted.Enqueue((Messages, 400, body));
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("**x**", format: TextFormat.Markdown)).Outcome);
        Assert.Equal("text", Assert.Single(fixture.Platform.Messages).Type);
    }

    [Fact]
    public async Task A_code_that_nobody_knows_is_borne_a_few_times_and_then_refuses()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.EnforcesRates = false;
        for (var i = 0; i < 50; i++) fixture.Platform.FailNext(new FakeFault(777777));
        var attempts = 1;
        while ((await fixture.SendAsync("never")).Error!.Retry.Kind != SendRetryKind.Never) Assert.InRange(++attempts, 1, 20);
        Assert.InRange(attempts, 3, 20);
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task A_recall_that_something_else_answered_is_not_done(int status, string body)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var sent = (await fixture.SendAsync("recall me")).Receipt!.MessageId;
        fixture.Platform.Intercepted.Enqueue(($"{Messages}/{sent}", status, body));
        var message = new MessageRef(new Chat("oc_1", ChatKind.Group), sent);
        var odd = await fixture.Adapter.DeleteAsync(new MessageDeletion("deletion", message), Token);
        Assert.NotEqual(SendOutcome.Sent, odd.Outcome);
        Assert.NotEqual(SendRetryKind.Never, odd.Error!.Retry.Kind);
        Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.DeleteAsync(new MessageDeletion("deletion", message), Token)).Outcome);
        Assert.True(Assert.Single(fixture.Platform.Messages).IsRecalled);
    }

    [Theory]
    [MemberData(nameof(Odd))]
    [InlineData(500, "")]
    [InlineData(502, "<html>")]
    [InlineData(503, """{"code":503,"msg":"upstream"}""")]
    [InlineData(429, """{"code":99991400,"msg":"request trigger frequency limit"}""")]
    [InlineData(400, """{"code":99991663,"msg":"Invalid access token for authorization."}""")]
    public async Task A_thread_that_could_not_be_asked_for_is_waited_for(int status, string body)
    {
        await using var fixture = new FeishuFixture();
        var last = await ForgetAsync(fixture);
        // The token is fetched anew once, so both questions get the answer.
        fixture.Platform.Intercepted.Enqueue((Messages, status, body));
        if (body.Contains("99991663", StringComparison.Ordinal)) fixture.Platform.Intercepted.Enqueue((Messages, status, body));
        var odd = await fixture.SendAsync("answer", thread: "omt_1");
        Assert.Equal(SendOutcome.NotSent, odd.Outcome);
        Assert.NotEqual(SendRetryKind.Never, odd.Error!.Retry.Kind);
        Assert.Empty(fixture.Platform.Messages);
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("answer", thread: "omt_1")).Outcome);
        var message = Assert.Single(fixture.Platform.Messages);
        Assert.Equal((last, true), (message.ReplyTo, message.InThread));
    }

    [Fact]
    public async Task A_thread_is_waited_for_while_the_platform_is_silent_or_away()
    {
        await using var fixture = new FeishuFixture(""", "requestTimeoutSeconds": 1""");
        var last = await ForgetAsync(fixture);
        fixture.Platform.IsSlow = true;
        var silent = await fixture.SendAsync("answer", thread: "omt_1");
        fixture.Platform.IsSlow = false;
        fixture.Platform.Stop();
        var away = await fixture.SendAsync("answer", thread: "omt_1");
        fixture.Platform.Start();
        Assert.All((SendResult[])[silent, away],
            static result => Assert.Equal((SendOutcome.NotSent, SendErrorKind.Transient), (result.Outcome, result.Error!.Kind)));
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("answer", thread: "omt_1")).Outcome);
        var message = Assert.Single(fixture.Platform.Messages);
        Assert.Equal((last, true), (message.ReplyTo, message.InThread));
    }

    [Theory]
    [InlineData(400, 99991672)]
    [InlineData(400, 230027)]
    [InlineData(400, 230002)]
    public async Task A_thread_that_the_app_may_not_read_is_answered_in_its_chat(int status, int code)
    {
        await using var fixture = new FeishuFixture();
        await ForgetAsync(fixture);
        fixture.Platform.Intercepted.Enqueue((Messages, status, $$"""{"code":{{code}},"msg":"no permission"}"""));
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("answer", thread: "omt_1")).Outcome);
        Assert.Null(Assert.Single(fixture.Platform.Messages).ReplyTo);
    }

    [Theory]
    [InlineData(502, "<html>")]
    [InlineData(404, """{"code":404,"msg":"not found"}""")]
    [InlineData(429, """{"code":99991400,"msg":"request trigger frequency limit"}""")]
    [InlineData(200, "")]
    public async Task A_group_that_could_not_be_asked_for_is_asked_for_again(int status, string body)
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.TopicGroups.Add("oc_1");
        _ = await fixture.ConnectAsync();
        fixture.Platform.Intercepted.Enqueue(("/open-apis/im/v1/chats/oc_1", status, body));
        fixture.Platform.Say("oc_1", "in a topic", chatType: "group", topic: "omt_1");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come again");
        Assert.Equal(("omt_1", 1), (fixture.Accepted[0].Chat.Thread, fixture.Platform.Events[0].Refusals));
    }

    [Fact]
    public async Task A_name_that_could_not_be_asked_for_is_asked_for_with_the_next_message()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.Names["ou_ann"] = "Ann";
        _ = await fixture.ConnectAsync();
        fixture.Platform.Intercepted.Enqueue(("/open-apis/contact/v3/users/ou_ann", 403, """{"code":403,"message":"Forbidden"}"""));
        fixture.Platform.Say("oc_1", "first");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        fixture.Platform.Say("oc_1", "second");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 2, "it does not come");
        Assert.Equal([null, "Ann"], fixture.Accepted.Select(static message => message.Sender.Name));
    }

    /// <summary>A topic has a message, and a new generation with a lost state knows nothing of it.</summary>
    private static async Task<string> ForgetAsync(FeishuFixture fixture)
    {
        _ = await fixture.ConnectAsync();
        var last = fixture.Platform.Say("oc_1", "question", topic: "omt_1", chatType: "topic_group");
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events[0].Acknowledged is not null, "it is not acknowledged");
        await fixture.Adapter.DisposeAsync();
        fixture.Forget();
        fixture.Renew();
        _ = await fixture.ConnectAsync();
        return last;
    }
}
