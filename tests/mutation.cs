#:property PublishAot=false
// Tries every mutant that Stryker compiled into the tests' program, each in a process of its own: what one mutant does to threads and statics is not
// held against the next.
// First finds out which test runs which mutant, then runs those tests for each, the quick ones first, up to the first that fails. Results are kept as
// they come: begun again, it goes on.
// Usage: mutation.cs REPORT FOLDER RESULTS [FILE...]   (Stryker's JSON report, the folder of the mutated program, where results go, parts of file
// names to try; default all)

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

const int first = 15;
var workers = int.Parse(
    Environment.GetEnvironmentVariable("GATEWAY_MUTATION_WORKERS") ?? $"{2 * Environment.ProcessorCount}", CultureInfo.InvariantCulture);
var (report, folder, results, only) = (args[0], args[1], Directory.CreateDirectory(args[2]).FullName, args[3..]);
var program = Path.Combine(folder, "PluginGateway.Tests");

var mutants = ReadReport(report)
    .Where(mutant => only.Length == 0 || only.Any(part => mutant.File.Contains(part, StringComparison.Ordinal))).ToArray();
var tests = Cached("coverage.txt", Cover).Select(static line => line.Split('\t'))
    .Select(static part => new Test(part[0], TimeSpan.FromSeconds(Number(part[1])), [.. part[2].Split(',').Where(static id => id.Length > 0)]))
    .OrderBy(static test => test.Took).ToArray();
var quick = tests.Length == 0 ? default : 3 * tests[tests.Length / 2].Took;
var known = Cached("results.txt", static () => []).Select(static line => line.Split('\t', 3)).GroupBy(static part => part[0])
    .ToDictionary(static part => part.Key, static part => new Verdict(part.Last()[1], part.Last()[2]));
var clock = Stopwatch.StartNew();
var todo = new ConcurrentQueue<Mutant>(mutants.Where(mutant => mutant.IsCompiled && !known.ContainsKey(mutant.Id)));
var total = todo.Count;
Console.WriteLine($"{total} mutants to try by {tests.Length} tests, {workers} at a time");
Each(() =>
{
    while (todo.TryDequeue(out var mutant))
    {
        var verdict = Try(mutant);
        lock (known)
        {
            known[mutant.Id] = verdict;
            File.AppendAllText(Path.Combine(results, "results.txt"), $"{mutant.Id}\t{verdict.Word}\t{verdict.Why}\n");
            Console.WriteLine($"{clock.Elapsed:hh\\:mm\\:ss} {total - todo.Count}/{total} {verdict.Word,-9} {mutant}   {verdict.Why}");
        }
    }
});
Tell();
return;

IEnumerable<string> Cached(string name, Func<IEnumerable<string>> make)
{
    var path = Path.Combine(results, name);
    if (!File.Exists(path)) File.WriteAllLines(path, make());
    return File.ReadAllLines(path);
}

void Each(Action work)
{
    var threads = Enumerable.Range(0, workers).Select(_ => new Thread(() => work())).ToArray();
    foreach (var thread in threads) thread.Start();
    foreach (var thread in threads) thread.Join();
}

// A line a test: its name, how long it takes, the mutants it comes past.
IEnumerable<string> Cover()
{
    var methods = new ConcurrentQueue<string>(Run(["-list", "methods"], [], TimeSpan.FromMinutes(2)).Output.Split('\n')
        .Select(static line => line.Trim()).Where(static line => line.StartsWith("PluginGateway.Tests.", StringComparison.Ordinal)));
    var lines = new ConcurrentQueue<string>();
    Each(() =>
    {
        while (methods.TryDequeue(out var method))
        {
            var trace = $"gateway-mutation-{Guid.NewGuid():N}";
            var run = Run(["-method", method], new() { ["STRYKER_COVERAGE_FILE"] = trace + ".txt" }, TimeSpan.FromMinutes(3));
            var files = Directory.GetFiles(Path.GetTempPath(), trace + "*");
            var covered = files.SelectMany(static file => File.ReadAllText(file).Split(';')[0].Split(',')).Distinct();
            var took = Regex.Match(run.Output, @"Time: ([\d.]+)s").Groups[1].Value;
            if (run.Code != 0) Console.WriteLine($"Without a mutant, {method} fails:\n{run.Output}");
            lines.Enqueue($"{method}\t{(took.Length == 0 ? "60" : took)}\t{string.Join(',', covered)}");
            Console.WriteLine($"{lines.Count} {took} s of {run.Took.TotalSeconds:0.0} s: {method}");
            Array.ForEach(files, File.Delete);
        }
    });
    return lines;
}

Verdict Try(Mutant mutant)
{
    var covering = tests.Where(test => test.Mutants.Contains(mutant.Id)).ToArray();
    if (covering.Length == 0) return new("uncovered", "no test comes past it");
    // The tests that know most of it first: those that come past the fewest others. Then what is quick, then the rest.
    var fast = covering.Where(test => test.Took <= quick).OrderBy(static test => test.Mutants.Count).ToArray();
    foreach (var stage in new[] { fast[..Math.Min(fast.Length, first)], fast[Math.Min(fast.Length, first)..], [.. covering.Except(fast)] })
    {
        if (stage.Length == 0) continue;
        var verdict = TryBy([.. stage.Select(static test => test.Name)], mutant, stage.Sum(static test => test.Took.TotalSeconds));
        // The machine may be busy, and most tests have a clock: what failed must fail again, alone.
        if (verdict.Word != "survived")
            verdict = TryBy(verdict.Failed.Length > 0 ? verdict.Failed : [.. stage.Select(static test => test.Name)], mutant, 10);
        if (verdict.Word != "survived")
            return verdict with
            {
                Why = $"{verdict.Why} ({string.Join(", ", verdict.Failed.Select(static name => name[(name.LastIndexOf('.') + 1)..]))})"
            };
    }

    return new("survived", $"{covering.Length} tests");
}

Verdict TryBy(string[] methods, Mutant mutant, double usual)
{
    List<string> arguments = ["-stopOnFail", "-maxThreads", "4"];
    foreach (var method in methods) arguments.AddRange(["-method", method]);
    var limit = TimeSpan.FromSeconds(Math.Min(120, 30 + usual));
    var run = Run(arguments, new() { ["STRYKER_MUTANT_ID_CONTROL_VAR"] = "GATEWAY_MUTANT", ["GATEWAY_MUTANT"] = mutant.Id }, limit);
    if (run.Code == 0) return new("survived", "");
    if (run.Code is null) return new("timeout", $"after {limit.TotalSeconds:0} s");
    var failed = Regex.Matches(run.Output, @"^ {4}(PluginGateway\.Tests\.[\w.]+).* \[FAIL\]", RegexOptions.Multiline)
        .Select(static match => match.Groups[1].Value).Distinct().ToArray();
    var text = Regex.Match(run.Output, @"\[FAIL\]\r?\n\s*(.*)").Groups[1].Value.Trim();
    return new("killed", failed.Length == 0 ? $"exit code {run.Code}" : text.Replace('\t', ' ')) { Failed = failed };
}

// Ends it, and nothing else, when it takes longer than the limit: the code is null then.
(int? Code, string Output, TimeSpan Took) Run(IEnumerable<string> arguments, Dictionary<string, string> environment, TimeSpan limit)
{
    var start = new ProcessStartInfo(program)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        RedirectStandardInput = true,
        WorkingDirectory = folder
    };
    foreach (var argument in (string[])["-noLogo", "-noColor", .. arguments]) start.ArgumentList.Add(argument);
    foreach (var (name, value) in environment) start.Environment[name] = value;
    var took = Stopwatch.StartNew();
    using var process = Process.Start(start)!;
    process.StandardInput.Close();
    var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    if (process.WaitForExit(limit)) return (process.ExitCode, output.Result + errors.Result, took.Elapsed);
    process.Kill(entireProcessTree: true);
    process.WaitForExit();
    return (null, output.Result + errors.Result, took.Elapsed);
}

void Tell()
{
    static double Score(IReadOnlyCollection<string> words) =>
        100.0 * words.Count(static word => word is "killed" or "timeout") / Math.Max(1, words.Count);
    List<string> page = ["| file | mutants | killed | timeout | survived | uncovered | score |", "|---|---|---|---|---|---|---|"];
    var tried = mutants.Where(mutant => known.ContainsKey(mutant.Id)).ToArray();
    foreach (var file in tried.GroupBy(static mutant => mutant.File).OrderBy(static file => file.Key, StringComparer.Ordinal)
        .Append(tried.GroupBy(static _ => "all").FirstOrDefault()))
    {
        if (file is null) continue;
        var words = file.Select(mutant => known[mutant.Id].Word).ToArray();
        string Count(string word) => words.Count(each => each == word).ToString(CultureInfo.InvariantCulture);
        page.Add($"| {file.Key} | {words.Length} | {Count("killed")} | {Count("timeout")} | {Count("survived")} | {Count("uncovered")} | {Score(words):0.0} % |");
    }

    page.Add("");
    page.AddRange(tried.Where(mutant => known[mutant.Id].Word is "survived" or "uncovered").Select(mutant => $"- {known[mutant.Id].Word}: {mutant}"));
    File.WriteAllLines(Path.Combine(results, "mutation.md"), page);
    page.ForEach(Console.WriteLine);
}

static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

static IEnumerable<Mutant> ReadReport(string path)
{
    using var document = JsonDocument.Parse(File.ReadAllText(path));
    foreach (var file in document.RootElement.GetProperty("files").EnumerateObject())
    {
        var lines = file.Value.GetProperty("source").GetString()!.Split('\n');
        foreach (var mutant in file.Value.GetProperty("mutants").EnumerateArray())
        {
            var (start, end) = (mutant.GetProperty("location").GetProperty("start"), mutant.GetProperty("location").GetProperty("end"));
            var (line, column, last, until) = (start.GetProperty("line").GetInt32(), start.GetProperty("column").GetInt32(),
                end.GetProperty("line").GetInt32(), end.GetProperty("column").GetInt32());
            var text = line == last
                ? lines[line - 1][(column - 1)..Math.Min(until - 1, lines[line - 1].Length)]
                : lines[line - 1][(column - 1)..].Trim() + " ...";
            var status = mutant.GetProperty("status").GetString();
            yield return new Mutant(
                mutant.GetProperty("id").GetString()!, Regex.Replace(file.Name, "^.*host/", "").Replace('\\', '/'), line,
                mutant.GetProperty("mutatorName").GetString()!, text,
                mutant.GetProperty("replacement").GetString()!.ReplaceLineEndings(" "), status is not ("CompileError" or "Ignored"));
        }
    }
}

internal sealed record Mutant(string Id, string File, int Line, string Kind, string Text, string Replacement, bool IsCompiled)
{
    public override string ToString() => $"{Id} {File}:{Line} {Kind}: `{Text}` -> `{Replacement}`";
}

internal sealed record Test(string Name, TimeSpan Took, HashSet<string> Mutants);

internal sealed record Verdict(string Word, string Why)
{
    public string[] Failed { get; init; } = [];
}
