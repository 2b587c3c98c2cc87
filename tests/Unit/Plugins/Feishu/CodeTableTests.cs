using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>What follows every code of the platform, written a second time.</summary>
public sealed class CodeTableTests
{
    private const string Final = """
        InvalidMessage: 230001 230015 230022 230028 230054 230055 230099 231001 234010 234011 99992402
        Forbidden: 230002 230006 230012 230013 230017 230018 230027 230035 230036 230038 230050 230053 230071 230073 230074 230075 230111 232011 99991401 99991672
        NotFound: 230011 230019 230029 230034 230110 231003 232006 232009 99992354
        TooLong: 230025 234006
        TooManyEdits: 230072
        Unauthorized: 99991668
        """;

    private const string Later = """
        RateLimited Chat 2: 230020
        RateLimited Account 5: 99991400
        RateLimited Account 60: 11232
        RateLimited Account 3600: 99991403
        Transient 2: 230049
        Transient 60: 230101
        Unauthorized 5: 99991661 99991663 99991664 99991671
        """;

    [Fact]
    public void Every_code_that_is_known_is_expected_here() =>
        Assert.Equal(CodeTable.Known.Order(), Codes(Final).Concat(Codes(Later)).Select(static row => row.Code).Order());

    [Fact]
    public void Final_codes_are_never_tried_again()
    {
        foreach (var (kind, code) in Codes(Final))
        {
            var result = CodeTable.ToResult(Answer(code), "Sending");
            Assert.Equal((SendOutcome.NotSent, kind, SendRetryKind.Never), (result.Outcome, result.Error!.Kind.ToString(), result.Error.Retry.Kind));
            Assert.Equal($"{code}", result.Error.PlatformCode);
        }
    }

    [Fact]
    public void The_others_wait_as_long_as_they_must_and_hold_back_what_they_must()
    {
        foreach (var (rule, code) in Codes(Later))
        {
            var error = CodeTable.ToResult(Answer(code), "Sending").Error!;
            var words = rule.Split(' ');
            Assert.Equal((words[0], words.Length == 3 ? words[1] : "", $"{error.Retry.Delay.TotalSeconds:0}"),
                (error.Kind.ToString(), error.Scope?.ToString() ?? "", words[^1]));
        }
    }

    [Fact]
    public void A_wait_that_the_platform_demands_is_kept()
    {
        var error = CodeTable.ToResult(Answer(99991400) with { Wait = TimeSpan.FromSeconds(52) }, "Sending").Error!;
        Assert.Equal(TimeSpan.FromSeconds(52), error.Retry.Delay);
    }

    [Fact]
    public void An_unknown_receiver_is_not_found_and_not_merely_invalid() =>
        Assert.Equal(SendErrorKind.NotFound,
            CodeTable.ToResult(Answer(230001) with { Text = "invalid parameter, ext=invalid receive_id." }, "Sending").Error!.Kind);

    [Theory]
    [InlineData(200, 230001, SendOutcome.NotSent, SendRetryKind.Never)] // a failure may come with 200
    [InlineData(400, 777777, SendOutcome.NotSent, SendRetryKind.After)] // one odd answer is borne
    [InlineData(429, -1, SendOutcome.NotSent, SendRetryKind.After)]
    [InlineData(502, -1, SendOutcome.Unknown, SendRetryKind.WithBackoff)]
    [InlineData(500, 1500, SendOutcome.Unknown, SendRetryKind.WithBackoff)]
    [InlineData(404, -1, SendOutcome.NotSent, SendRetryKind.After)] // not the platform answered
    [InlineData(302, -1, SendOutcome.NotSent, SendRetryKind.After)]
    public void Answers_without_a_known_code_go_by_their_status(int status, long code, SendOutcome outcome, SendRetryKind retry)
    {
        var result = CodeTable.ToResult(Answer(code) with { Status = status }, "Sending");
        Assert.Equal((outcome, retry), (result.Outcome, result.Error!.Retry.Kind));
    }

    [Theory]
    [InlineData(ApiEnd.NotLeft, SendOutcome.NotSent)]
    [InlineData(ApiEnd.Unknown, SendOutcome.Unknown)]
    internal void What_did_not_leave_is_told_from_what_may_have_arrived(ApiEnd end, SendOutcome outcome) =>
        Assert.Equal(outcome, CodeTable.ToResult(new ApiAnswer(end, 0, ApiAnswer.NoCode, "gone"), "Sending").Outcome);

    [Theory]
    [InlineData(403, "forbidden", FaultRetry.AfterOperatorAction)]
    [InlineData(514, PluginFault.UnauthorizedCode, FaultRetry.AfterOperatorAction)]
    [InlineData(1000040350, "too-many-connections", FaultRetry.AfterOperatorAction)]
    [InlineData(1, "refused", FaultRetry.WithBackoff)]
    [InlineData(1000040343, "refused", FaultRetry.WithBackoff)]
    [InlineData(4711, "refused", FaultRetry.WithBackoff)]
    public void Codes_of_the_connect_park_the_adapter_or_let_it_try_again(long code, string fault, FaultRetry retry)
    {
        var told = Faults.OfEndpoint(Answer(code) with { Status = 200 });
        Assert.Equal((fault, retry), (told.Code, told.Retry));
    }

    private static ApiAnswer Answer(long code) => new(ApiEnd.Answered, 400, code, "no");

    private static IEnumerable<(string Rule, long Code)> Codes(string table) =>
        from line in table.Split('\n')
        let parts = line.Split(':')
        from code in parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        select (parts[0].Trim(), long.Parse(code, System.Globalization.CultureInfo.InvariantCulture));
}
