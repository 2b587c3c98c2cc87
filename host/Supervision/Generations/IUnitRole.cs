using System.Text.Json;
using PluginGateway.Guard;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Differences between adapters and handlers. One instance serves all units of a kind; the data of a unit is passed in.</summary>
internal interface IUnitRole
{
    PluginKind Kind { get; }

    /// <summary>Makes a generation; the constructor of its instance runs with its first step.</summary>
    IGeneration Create(SupervisedUnit unit, LoadedPlugin plugin, int number);

    /// <summary>Takes the machine-wide lock on the credential that the plugin declares. Touches files: never on the supervisor's thread.</summary>
    CredentialClaim Claim(string id, PluginManifest manifest, JsonElement settings) => new(null);

    /// <summary>Takes out the lock held for this id, for the caller to dispose; null: none. Returns at once.</summary>
    IDisposable? Reclaim(string id) => null;

    /// <summary>Takes the manifest of the unit's newest plugin, which has been loaded and has no generation yet; null: the unit gets another plugin,
    /// of which nothing is known.</summary>
    void Declare(string id, PluginManifest? manifest)
    {
    }

    /// <summary>Called when the unit is no longer configured.</summary>
    void Leave(string id);
}

/// <summary>Generation of a unit: the guarded instance, with the operations of supervision on it. Only the supervisor's thread.</summary>
internal interface IGeneration
{
    int Number { get; }

    /// <summary>The plugin that it was made from.</summary>
    LoadedPlugin Plugin { get; }

    IGuardedInstance Instance { get; }

    /// <summary>Handle of its worker; null: it runs in the gateway's process.</summary>
    WorkerHandle? Worker => null;

    /// <summary>Health of its connection; null: it has no connection to keep.</summary>
    ConnectionHealth? Health => null;

    /// <summary>Begins a step toward its connection; the end comes back as an event.</summary>
    void Begin(BeginStep step);

    /// <summary>Gives it to dispatch, with the limits of its connection, and lets it run.</summary>
    void Attach(ConnectionInfo connection);

    /// <summary>Answers everything it does from now on with "retired".</summary>
    void Retire();

    void Detach();

    /// <summary>Calls that still run are no longer waited for.</summary>
    void EndDrain();

    /// <summary>Called before its teardown: its context serves it no longer.</summary>
    void Close();
}
