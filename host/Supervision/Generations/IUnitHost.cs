using System.Text.Json;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>The host's services as one generation of an adapter may use them: every one of them answers to its fence.</summary>
internal sealed record AdapterServices(IInbox Inbox, IAdapterState State, IEventTopics Events, IPluginLog Log, string DataDirectory);

/// <summary>The host's services as one generation of a handler may use them, behind its fence.</summary>
internal sealed record HandlerServices(IHandlerOutbox Outbox, IAdapterState State, IPluginLog Log, string DataDirectory);

/// <summary>Result of a claim. <paramref name="Failure"/>: reason why the credential cannot be used now; null: it can.</summary>
internal sealed record CredentialClaim(Failure? Failure);

/// <summary>Makes the services of a plugin's context, and gets the generations that are attached and detached. Implemented where supervision is
/// composed with the rest.</summary>
internal interface IUnitHost
{
    AdapterServices OpenAdapterServices(string adapterId, int generation, AdapterTraits traits, GenerationFence fence);

    HandlerServices OpenHandlerServices(string handlerId, int generation, GenerationFence fence);

    /// <summary>Takes the machine-wide lock on the credential that an adapter declares, unless it has it already. Touches files: never on the
    /// supervisor's thread.</summary>
    CredentialClaim ClaimCredential(string adapterId, AdapterDeclaration declared, JsonElement settings);

    /// <summary>Takes out the lock that an adapter id holds, for the caller to dispose; null: none. Returns at once.</summary>
    IDisposable? ReclaimCredential(string adapterId);

    void AdapterAttached(string adapterId, GuardedAdapter adapter, AdapterTraits traits, OutboxOptions outbox);

    /// <summary>Reads the account of the adapter's connection before, also of an earlier process, and keeps that of this one. Returns at once.</summary>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="recalled">Called with the account of the connection before, if it is another one, on any thread: must only post.</param>
    void RecallAccount(string adapterId, ConnectionInfo connection, Action<ConnectionInfo> recalled);

    void AdapterDetached(string adapterId, int generation);

    /// <summary>Takes the declaration of a handler's newest plugin, which holds also while no generation of it runs; null: nothing is known of
    /// it.</summary>
    void HandlerDeclared(string handlerId, HandlerDeclaration? declared);

    void HandlerAttached(string handlerId, GuardedHandler handler, HandlerDeclaration declared);

    void HandlerDetached(string handlerId, int generation);

    /// <summary>Ends the drain of a generation: its turns that still run are run again by the next one.</summary>
    void HandlerDrained(string handlerId, int generation);

    /// <summary>Called when the adapter is no longer configured.</summary>
    void AdapterLeft(string adapterId);

    /// <summary>Called when the handler is no longer configured.</summary>
    void HandlerLeft(string handlerId);
}
