using PluginGateway.Loading;

namespace PluginGateway.Supervision.Machine;

/// <summary>Operation that the supervisor has to start. No effect blocks; the work that it starts ends with an event.</summary>
internal abstract record UnitEffect(int Generation);

internal sealed record BeginStep(int Generation, UnitStep Step, ConnectContext? Connect = null, bool FreshContext = false) : UnitEffect(Generation);

/// <summary>Gives the generation to dispatch, with the limits of its connection, and lets it run.</summary>
internal sealed record Attach(int Generation, ConnectionInfo Connection) : UnitEffect(Generation);

/// <summary>Retires a generation: all its further requests are answered with "retired".</summary>
internal sealed record Retire(int Generation) : UnitEffect(Generation);

internal sealed record Detach(int Generation) : UnitEffect(Generation);

/// <param name="Generation">Which.</param>
/// <param name="Drain">How long its calls may go on before; not positive: as long as they take; null: not at all.</param>
internal sealed record TearDown(int Generation, TimeSpan? Drain = null) : UnitEffect(Generation);

/// <summary>The policy for wedged units asks for the end of the process.</summary>
internal sealed record ExitGateway(int Generation, string Reason) : UnitEffect(Generation);

/// <summary>Puts a new configuration of the unit in force.</summary>
internal sealed record Adopt(int Generation, UnitConfiguration Wanted) : UnitEffect(Generation);

/// <summary>The next generation is made from this plugin; null: from one that is loaded when it is needed.</summary>
internal sealed record Renew(int Generation, LoadedPlugin? Candidate) : UnitEffect(Generation);

/// <summary>Discards a plugin: no generation will be made from it.</summary>
internal sealed record Discard(int Generation, LoadedPlugin Candidate) : UnitEffect(Generation);

/// <summary>Marks a unit as no longer configured; it is forgotten when its last generation and load have ended.</summary>
internal sealed record Leave(int Generation) : UnitEffect(Generation);
