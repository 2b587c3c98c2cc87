namespace PluginGateway.Guard.Calls;

/// <summary>Progress of a call into plugin code.</summary>
internal enum CallStage : byte
{
    /// <summary>The thread has not reached the plugin yet.</summary>
    NotEntered,

    /// <summary>The thread is in the plugin, before the member has returned: blocked before its first await.</summary>
    Entered,

    /// <summary>The member returned a task that has not completed.</summary>
    Awaiting,
}

/// <summary>End of a call, seen from the host.</summary>
internal enum CallEndKind : byte
{
    /// <summary>The call has not ended.</summary>
    Open,

    /// <summary>The member returned a valid result.</summary>
    Completed,

    /// <summary>The member threw, or returned an invalid result.</summary>
    Failed,

    /// <summary>The call outlived its deadline and was abandoned.</summary>
    Overdue,

    /// <summary>The member was never entered: the generation was retired first.</summary>
    Refused,
}

/// <summary>The end of a call: exactly one a call.</summary>
internal readonly record struct CallEnd(CallEndKind Kind, CallStage Stage, TimeSpan Elapsed, CallFailure? Failure)
{
    /// <summary>Returns a phrase for a log line or the operator.</summary>
    public string Describe() => Kind switch
    {
        CallEndKind.Overdue when Stage == CallStage.NotEntered => $"did not get a thread within {Elapsed.TotalSeconds:0.##} s",
        CallEndKind.Overdue when Stage == CallStage.Entered => $"blocked before its first await for {Elapsed.TotalSeconds:0.##} s",
        CallEndKind.Overdue => $"did not finish within {Elapsed.TotalSeconds:0.##} s",
        CallEndKind.Failed => Failure!.Describe(),
        CallEndKind.Refused => "was not entered: the generation had been retired",
        CallEndKind.Completed => "completed",
        _ => "is open",
    };
}
