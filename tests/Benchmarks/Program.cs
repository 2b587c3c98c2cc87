using PluginGateway.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- AREA [--json]
var areas = new SortedDictionary<string, Func<IEnumerable<Figure>>>(StringComparer.Ordinal)
{
    ["guard"] = GuardArea.Measure,
    ["isolation"] = IsolationArea.Measure,
    ["memory"] = MemoryArea.Measure,
    ["roundtrip"] = RoundtripArea.Measure,
    ["shutdown"] = ShutdownArea.Measure,
    ["start"] = StartArea.Measure,
    ["store"] = StoreArea.Measure,
};

var asJson = args.Contains("--json");
if (args.Where(static argument => argument != "--json").ToArray() is not [var area] || !areas.TryGetValue(area, out var measure))
{
    await Console.Error.WriteLineAsync($"Usage: AREA [--json]. Areas: {string.Join(", ", areas.Keys)}.");
    return 2;
}

#if DEBUG
await Console.Error.WriteLineAsync("These are figures of a Debug build; only those of -c Release mean anything.");
#endif
foreach (var figure in measure()) Console.WriteLine(asJson ? figure.ToJson() : figure.ToText());
return 0;
