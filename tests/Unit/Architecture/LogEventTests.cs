using System.Reflection;
using Microsoft.Extensions.Logging;

namespace PluginGateway.Tests.Architecture;

/// <summary>Ids of log events: an operator's filter on one means one event, and its thousand says where to look.</summary>
public sealed class LogEventTests
{
    private static readonly Dictionary<string, (int First, int Last)[]> Ranges = new()
    {
        ["Configuration"] = [(1000, 1999)],
        ["Loading"] = [(2000, 2999)],
        ["Media"] = [(3000, 3999)],
        ["Supervision"] = [(4000, 4999)],
        ["Store"] = [(5000, 5999)],
        ["Dispatch"] = [(6000, 6099)],
        ["Access"] = [(6100, 6199)],
        ["Control"] = [(7000, 7003), (7005, 7019)],
        ["Control.Verbs"] = [(7141, 7149)],
        ["Hosting"] = [(7004, 7004), (7100, 7103), (7109, 7116), (7120, 7127), (7131, 7133), (7135, 7140), (7150, 7169), (7180, 7199)],
        ["Shutdown"] = [(7104, 7108), (7128, 7130), (7134, 7134)],
        ["Units"] = [(7117, 7119)],
        ["Reloading"] = [(7170, 7179)],
        ["Web"] = [(8000, 8999)],
        ["Isolation"] = [(9000, 9999)],
    };

    [Fact]
    public void Every_log_event_has_an_id_of_its_own()
    {
        Assert.True(Events().Count() > 50, $"{Events().Count()} events were found.");
        Assert.Empty(Events().GroupBy(static one => one.Id).Where(static group => group.Count() > 1)
            .Select(static group => $"{group.Key}: {string.Join(", ", group.Select(static one => $"{one.Folder}: {one.Name}"))}"));
    }

    [Fact]
    public void Every_log_event_has_an_id_in_the_range_of_its_folder()
    {
        Assert.Empty(Events().Where(
            static one => !Ranges.TryGetValue(one.Folder, out var ranges) || !ranges.Any(range => one.Id >= range.First && one.Id <= range.Last))
            .Select(static one => $"{one.Folder}: {one.Name} has {one.Id}").Order(StringComparer.Ordinal));
        Assert.Equal(Events().Select(static one => one.Folder).Distinct().Order(StringComparer.Ordinal), Ranges.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>No id is free for two folders.</summary>
    [Fact]
    public void Ranges_of_two_folders_do_not_meet()
    {
        var all = Ranges.SelectMany(static row => row.Value.Select(range => (row.Key, range.First, range.Last)))
            .OrderBy(static range => range.First).ToArray();
        Assert.Empty(
            all.Zip(all.Skip(1)).Where(static pair => pair.Second.First <= pair.First.Last).Select(static pair => $"{pair.First} and {pair.Second}"));
    }

    private static IEnumerable<(string Folder, string Name, int Id)> Events() => HostCode.Types()
        .SelectMany(static type =>
            type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(static method => (Method: method, Event: method.GetCustomAttribute<LoggerMessageAttribute>()))
        .Where(static one => one.Event is not null)
        .Select(static one => (HostCode.NamespaceOf(one.Method.DeclaringType!), one.Method.Name, one.Event!.EventId));
}
