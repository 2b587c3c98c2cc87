namespace PluginGateway.Guard;

/// <summary>What the host asks of a plugin: one value a member of the contract, plus loading and unloading.</summary>
internal enum Operation : byte
{
    Load,
    Create,
    ValidateSettings,
    Connect,
    Run,
    Send,
    Edit,
    Delete,
    React,
    Typing,
    Probe,
    Fetch,
    Http,
    Turn,
    Disconnect,
    Dispose,
    Unload,
}
