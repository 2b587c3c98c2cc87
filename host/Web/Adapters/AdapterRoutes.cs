using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using PluginGateway.Guard;

namespace PluginGateway.Web.Adapters;

/// <summary>An adapter or handler that answers HTTP.</summary>
/// <param name="AdapterId">Id of the adapter, or of the handler, which begins with <c>handler:</c>; served under <c>/hooks/{AdapterId}</c>.</param>
/// <param name="Prefix">A path prefix it claims beside that, for example <c>/chat</c>, or null.</param>
/// <param name="Server">Its guard, or null while it has no live connection.</param>
internal sealed record AdapterRoute(string AdapterId, string? Prefix, IGuardedHttp? Server)
{
    /// <summary>True for a handler.</summary>
    public bool IsHandler { get; init; }

    /// <summary>The subject of a sentence.</summary>
    public string Subject => $"{(IsHandler ? "Handler" : "Adapter")} '{AdapterId}'";

    /// <summary>True when its pages require the gateway's token, where one is configured.</summary>
    public bool WantsToken { get; init; }
}

/// <summary>Result of a search by path.</summary>
internal enum RouteOutcome
{
    /// <summary>No adapter has the path.</summary>
    Unknown,

    /// <summary>An adapter that is not connected.</summary>
    NotConnected,

    /// <summary>A live adapter.</summary>
    Live,
}

/// <summary>A path's adapter, and what of the path lies below its prefix.</summary>
internal readonly record struct RouteMatch(RouteOutcome Outcome, AdapterRoute? Route, string Path);

/// <summary>A prefix that two adapters claim: the first has it.</summary>
internal sealed record RefusedPrefix(string AdapterId, string Prefix, string OwnerId)
{
    /// <summary>For the operator, after the adapter's id.</summary>
    public string Sentence =>
        $"'{Prefix}' is not its own: adapter '{OwnerId}', which stands first in the configuration, has it; this one is served under '/hooks/{AdapterId}' only";
}

/// <summary>Table of the paths of adapters. The table is immutable: others publish a new one, requests read.</summary>
internal sealed class AdapterRoutes
{
    private static readonly PathString Hooks = new("/hooks");

    private Table _table = new([]);

    /// <summary>Replaces the table. Any thread. Of two routes with the same id or prefix the first counts.</summary>
    public void Publish(IReadOnlyList<AdapterRoute> routes) => Volatile.Write(ref _table, new Table(routes));

    /// <summary>The prefixes that adapters claim and do not get.</summary>
    public IReadOnlyList<RefusedPrefix> Refused => Volatile.Read(ref _table).Refused;

    /// <summary>Finds the adapter of a path.</summary>
    public RouteMatch Find(PathString path)
    {
        var table = Volatile.Read(ref _table);
        if (path.StartsWithSegments(Hooks, StringComparison.Ordinal, out var below))
        {
            var rest = below.Value.AsSpan().TrimStart('/');
            var end = rest.IndexOf('/');
            var id = end < 0 ? rest : rest[..end];
            return table.ById.TryGetValue(id.ToString(), out var hooked) ? Match(hooked, end < 0 ? "" : rest[end..].ToString()) : default;
        }

        foreach (var (prefix, route) in table.Prefixes)
        {
            if (path.StartsWithSegments(prefix, StringComparison.Ordinal, out below)) return Match(route, below.Value ?? "");
        }

        return default;
    }

    private static RouteMatch Match(AdapterRoute route, string path) =>
        new(route.Server is null ? RouteOutcome.NotConnected : RouteOutcome.Live, route, path);

    private sealed class Table(IReadOnlyList<AdapterRoute> routes)
    {
        public FrozenDictionary<string, AdapterRoute> ById { get; } =
            routes.DistinctBy(route => route.AdapterId).ToFrozenDictionary(route => route.AdapterId, StringComparer.Ordinal);

        public IReadOnlyList<RefusedPrefix> Refused { get; } =
            [.. routes.Where(route => route.Prefix is not null).GroupBy(route => route.Prefix!)
                .SelectMany(claims => claims.Skip(1).Select(later => new RefusedPrefix(later.AdapterId, claims.Key, claims.First().AdapterId)))];

        public (string Prefix, AdapterRoute Route)[] Prefixes { get; } =
            [.. routes.Where(route => route.Prefix is not null).DistinctBy(route => route.Prefix).OrderByDescending(route => route.Prefix!.Length)
                .Select(route => (route.Prefix!, route))];
    }
}
