namespace PluginGateway.Guard.Calls;

/// <summary>Failure deserialised from a worker.</summary>
internal sealed class DeserializedFailureException(CallFailure failure) : Exception(failure.Text)
{
    public CallFailure Failure { get; } = failure;
}
