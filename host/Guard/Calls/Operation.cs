namespace PluginGateway.Guard.Calls;

/// <summary>Operations of the host on a plugin: one value a member of the contract, plus loading, the claim on its credential, and
/// unloading.</summary>
internal enum Operation : byte
{
    Load,
    Claim,
    Create,
    ValidateSettings,
    Connect,
    Run,
    Send,
    Notice,
    Edit,
    Delete,
    React,
    Typing,
    Probe,
    Fetch,
    Answer,
    Publish,
    Http,
    Start,
    Turn,
    Disconnect,
    Dispose,
    Unload,
}
