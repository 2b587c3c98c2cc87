using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Progress of a call.</summary>
internal enum ApiEnd
{
    /// <summary>The platform answered.</summary>
    Answered,

    /// <summary>Provably nothing reached it.</summary>
    NotLeft,

    /// <summary>Uncertain: the call may have reached the platform.</summary>
    Unknown,
}

/// <summary>Outcome of one call of the open API.</summary>
/// <param name="End">The progress of the call.</param>
/// <param name="Status">The HTTP status; 0 without an answer.</param>
/// <param name="Code">The platform's code; 0 is success, -1 stands for an answer without one.</param>
/// <param name="Text">The text of the platform or the network, without secrets.</param>
internal sealed record ApiAnswer(ApiEnd End, int Status, long Code, string Text)
{
    public const long NoCode = -1;

    /// <summary>Description of an answer without a code.</summary>
    public string? Remark { get; init; }

    /// <summary>The whole answer.</summary>
    public JsonElement Body { get; init; }

    /// <summary>The platform's id of the call, for its support.</summary>
    public string? LogId { get; init; }

    /// <summary>The wait the platform demands.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>True: nobody was reached (refused, no route, an unknown name, no answer to the connect).</summary>
    public bool IsUnreached { get; init; }

    public JsonElement Data => Body.Get("data");

    public bool IsGood => End == ApiEnd.Answered && Code == 0 && Status is >= 200 and < 300;

    /// <summary>True: the failure may be temporary and says nothing about the request; the next attempt may succeed.</summary>
    public bool IsPassing => !IsGood && (End != ApiEnd.Answered || Status >= 500 || CodeTable.Of(this).Treatment != Treatment.Final);

    /// <summary>Text for operators.</summary>
    public string Describe(string what) => End == ApiEnd.Answered
        ? $"{what}: HTTP {Status}, {(Code == NoCode ? "no code of the platform" : $"code {Code}")}: {Text}{(LogId is null ? "" : $" (log id {LogId})")}"
        : $"{what}: {Text}";
}
