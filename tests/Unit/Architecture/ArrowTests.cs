namespace PluginGateway.Tests.Architecture;

/// <summary>The arrows between the folders of host/: who may refer to whose types. Each top folder is a key; so is a subfolder that its parent must
/// not know.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Posix"] = [],
        ["Serialization"] = [],
        ["Threads"] = [],
        ["Configuration"] = ["Posix"],
        ["Logging"] = ["Posix", "Threads"],
        ["Loading"] = ["Posix", "Threads", "Configuration"],
        ["Store"] = ["Posix", "Serialization", "Threads", "Configuration"],
        ["Access"] = ["Threads", "Configuration", "Store"],
        ["Guard"] = ["Threads", "Configuration", "Loading"],
        ["Media"] = ["Posix", "Threads", "Configuration", "Store"],
        ["Dispatch"] = ["Serialization", "Threads", "Configuration", "Loading", "Store", "Access", "Guard", "Media"],
        ["Isolation"] = ["Posix", "Serialization", "Threads", "Configuration", "Loading", "Guard"],
        ["Supervision"] = ["Threads", "Configuration", "Logging", "Loading", "Guard"],
        ["Instance"] = ["Posix", "Serialization", "Threads", "Logging", "Loading", "Store", "Supervision"],
        ["Web"] = ["Posix", "Threads", "Configuration", "Guard", "Media", "Dispatch"],
        ["Shutdown"] =
        [
            "Posix", "Serialization", "Threads", "Configuration", "Logging", "Loading", "Store", "Guard", "Dispatch", "Supervision",
            "Instance", "Web",
        ],
        ["Control"] = ["Posix", "Serialization", "Threads", "Supervision", "Instance", "Shutdown"],
        ["Units"] = ["Posix", "Serialization", "Threads", "Configuration", "Store", "Access", "Supervision", "Instance", "Shutdown"],
        ["Reloading"] = ["Threads", "Configuration", "Loading", "Dispatch", "Supervision", "Shutdown", "Units"],
        ["Status"] =
        [
            "Serialization", "Threads", "Configuration", "Store", "Access", "Guard", "Media", "Dispatch", "Isolation", "Supervision", "Web",
            "Shutdown", "Units",
        ],
        ["Control.Verbs"] =
        [
            "Serialization", "Threads", "Configuration", "Loading", "Store", "Access", "Dispatch", "Supervision", "Web", "Shutdown",
            "Control", "Units", "Reloading", "Status",
        ],
        ["Hosting"] =
        [
            "Posix", "Serialization", "Threads", "Configuration", "Logging", "Loading", "Store", "Access", "Guard", "Media", "Dispatch",
            "Isolation", "Supervision", "Instance", "Web", "Shutdown", "Control", "Units", "Reloading", "Status",
            "Control.Verbs",
        ],
        ["Cli"] =
        [
            "Posix", "Serialization", "Threads", "Configuration", "Logging", "Loading", "Store", "Access", "Guard", "Media", "Dispatch",
            "Isolation", "Supervision", "Instance", "Web", "Shutdown", "Control", "Units", "Reloading", "Status",
            "Control.Verbs", "Hosting",
        ],
    };

    [Fact]
    public void Every_folder_of_the_host_has_its_row_and_every_row_its_folder()
    {
        var folders = HostCode.Types().Select(static type => HostCode.NamespaceOf(type)).Where(static name => name.Length > 0).ToHashSet();
        var tops = folders.Select(static name => name.Split('.')[0]).ToHashSet();
        Assert.Equal(tops.Order(StringComparer.Ordinal), Arrows.Keys.Where(static key => !key.Contains('.')).Order(StringComparer.Ordinal));
        Assert.All(Arrows.Keys.Where(static key => key.Contains('.')), key => Assert.Contains(key, folders));
    }

    /// <summary>Calls, field types, signatures, base types, generic arguments, locals and attributes alike. An arrow that nothing needs any more is
    /// taken out.</summary>
    [Fact]
    public void Types_refer_to_other_folders_only_along_the_arrows_and_every_arrow_is_needed()
    {
        var found = new Dictionary<(string From, string To), string>();
        foreach (var (user, used, how) in References.All())
        {
            var (from, to) = (KeyOf(user), KeyOf(used));
            if (from != to && from.Length > 0 && to.Length > 0) found.TryAdd((from, to), $"{from} -> {to}: {user.FullName} {how} {used.FullName}");
        }

        var wrong = found.Where(static one => !Arrows[one.Key.From].Contains(one.Key.To)).Select(static one => one.Value);
        var unneeded = Arrows.SelectMany(static row => row.Value.Select(to => (row.Key, to))).Where(arrow => !found.ContainsKey(arrow))
            .Select(static arrow => $"{arrow.Key} -> {arrow.to} is needed by nothing");
        Assert.Empty(wrong.Concat(unneeded).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Arrows_form_no_cycle()
    {
        var left = Arrows.ToDictionary(static row => row.Key, static row => row.Value.ToHashSet());
        while (left.Where(static row => row.Value.Count == 0).Select(static row => row.Key).ToArray() is { Length: > 0 } bottom)
        {
            foreach (var key in bottom) left.Remove(key);
            foreach (var arrows in left.Values) arrows.ExceptWith(bottom);
        }

        Assert.Empty(left.Select(static row => $"{row.Key} -> {string.Join(", ", row.Value)}"));
    }

    /// <summary>The most specific row that a type falls under.</summary>
    private static string KeyOf(Type type)
    {
        var name = HostCode.NamespaceOf(type);
        return Arrows.Keys.Where(key => name == key || name.StartsWith(key + ".", StringComparison.Ordinal)).MaxBy(static key => key.Length) ?? "";
    }
}
