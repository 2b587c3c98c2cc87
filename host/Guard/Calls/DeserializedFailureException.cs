namespace PluginGateway.Guard.Calls;

/// <summary>A failure that was read from its exception somewhere else, where that exception lived.</summary>
internal sealed class DeserializedFailureException(CallFailure failure) : Exception(failure.Text)
{
    public CallFailure Failure { get; } = failure;
}
