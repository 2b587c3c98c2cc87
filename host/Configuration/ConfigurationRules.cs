using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Configuration;

/// <summary>Rules that concern several values together.</summary>
internal static class ConfigurationRules
{
    /// <summary>Id of the common handler, without its prefix.</summary>
    private const string CommonHandler = "default";

    public static void Check(GatewayConfiguration configuration, ProblemList problems)
    {
        CheckAdapters(configuration.Adapters, problems);
        CheckNotifyChats(configuration, problems);
        CheckTargets(configuration, problems);
        CheckReach(configuration.Gateway, problems);
        CheckTokens(configuration, problems);
        CheckChats(configuration, problems);
        CheckShutdownBudget(configuration, problems);
    }

    private static void CheckAdapters(IReadOnlyList<AdapterOptions> adapters, ProblemList problems)
    {
        foreach (var same in adapters.Where(a => a.Id.Length > 0).GroupBy(a => a.Id, StringComparer.Ordinal))
        {
            foreach (var later in same.Skip(1))
                problems.Error($"{later.Path}.id", later.Id, $"is already the id of {same.First().Path}; ids must differ.");
        }

        foreach (var adapter in adapters.Where(static a => a is { Id: CommonHandler, Handler: not null }))
        {
            problems.Error($"{adapter.Path}.id", adapter.Id,
                "has a handler of its own, whose id would be that of the common one, 'handler:default', and with it its state; choose another id.");
        }

        if (!adapters.Any(a => a.Enabled)) problems.Error("adapters", null, "has no enabled adapter: the gateway would have nothing to do.");
    }

    private static void CheckNotifyChats(GatewayConfiguration configuration, ProblemList problems)
    {
        var ids = configuration.Adapters.Select(a => a.Id).Where(id => id.Length > 0).ToList();
        foreach (var chat in configuration.Gateway.NotifyChats.Where(c => c.AdapterId.Length > 0 && !ids.Contains(c.AdapterId)))
        {
            problems.Error("gateway.notifyChats", chat.AdapterId, $"is no configured adapter{NearestName.Hint(chat.AdapterId, ids)}");
        }
    }

    private static void CheckTargets(GatewayConfiguration configuration, ProblemList problems)
    {
        var ids = configuration.Adapters.Select(a => a.Id).Where(id => id.Length > 0).ToList();
        foreach (var handler in configuration.Handlers)
        {
            foreach (var id in (handler.MayUse ?? []).Where(id => !ids.Contains(id)))
                problems.Error($"{handler.Path}.mayUse", id, $"is no configured adapter{NearestName.Hint(id, ids)}");
        }
    }

    private static void CheckReach(GatewayOptions gateway, ProblemList problems)
    {
        if (Rules.IsLoopback(gateway.Http) || gateway.HttpToken is not null || gateway.HttpTokens.Count > 0) return;
        problems.Error("gateway.http", gateway.Http.OriginalString,
            $"can be reached from other machines; set gateway.httpToken (at least {Rules.ShortestHttpToken} characters), or listen on 127.0.0.1.");
    }

    private static void CheckTokens(GatewayConfiguration configuration, ProblemList problems)
    {
        var ids = configuration.Adapters.Select(a => a.Id).Where(id => id.Length > 0).ToList();
        foreach (var adapter in configuration.Gateway.HttpTokens.Select(static token => token.SendsTo).OfType<string>()
            .Where(id => !ids.Contains(id)))
        {
            problems.Error("gateway.httpTokens", $"send:{adapter}", $"names no configured adapter{NearestName.Hint(adapter, ids)}");
        }
    }

    /// <summary>Warns of ids that can be guessed: in a chat that others reach without a token, an id is all that a visitor needs to act as its
    /// owner.</summary>
    private static void CheckChats(GatewayConfiguration configuration, ProblemList problems)
    {
        foreach (var adapter in configuration.Adapters.Where(
            adapter => adapter.Enabled && WebChatReach.IsPublic(adapter) && !Rules.IsLoopback(configuration.Gateway.Http)))
        {
            foreach (var id in (adapter.Allow.Users ?? []).Where(static id => id != AllowOptions.Everybody && !TokenStrength.IsEnough(id))
                .Order(StringComparer.Ordinal))
                problems.Warning($"{adapter.Path}.allow.users", id,
                    $"can be guessed, and whoever knows it reads and writes as this visitor; take {TokenStrength.EnoughBits} random bits: openssl rand -hex 16");
        }
    }

    private static void CheckShutdownBudget(GatewayConfiguration configuration, ProblemList problems)
    {
        const string key = "gateway.shutdownBudgetSeconds";
        var (budget, timeouts) = (configuration.Gateway.ShutdownBudget, configuration.Gateway.Timeouts);
        var shown = FormattableString.Invariant($"{budget.TotalSeconds}");
        if (budget <= timeouts.StoreReserve)
        {
            problems.Error(key, shown, FormattableString.Invariant(
                $"does not exceed the {timeouts.StoreReserve.TotalSeconds} s reserved for closing the store (storeCloseSeconds)."));
            return;
        }

        var teardown = configuration.Adapters.Where(a => a.Enabled).Select(a => a.Timeouts.Disconnect).Append(timeouts.Disconnect).Max();
        TimeSpan[] phases = [timeouts.Notice, timeouts.Drain, teardown, timeouts.StoreReserve];
        var wanted = phases.Where(p => p != Timeout.InfiniteTimeSpan).Aggregate(TimeSpan.Zero, (sum, phase) => sum + phase);
        if (wanted <= budget) return;
        problems.Warning(key, shown, FormattableString.Invariant(
            $"is less than notice, drain, disconnect and store close together ({wanted.TotalSeconds} s): a stop that needs them all cuts the later ones short."));
    }
}
