using System.Globalization;
using System.Text.RegularExpressions;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>A strict reader of Prometheus' text format: each family is announced once, before its samples, and no sample comes twice.</summary>
internal static partial class Exposition
{
    public static Dictionary<string, double> Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var (families, samples, helped) = (new Dictionary<string, string>(), new Dictionary<string, double>(), new HashSet<string>());
        var family = "";
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help) Assert.True(helped.Add(help.Groups[1].Value), line);
            else if (Kind().Match(line) is { Success: true } kind)
                Assert.True(families.TryAdd(family = kind.Groups[1].Value, kind.Groups[2].Value) && helped.Contains(family), line);
            else Take(line);
        }

        foreach (var (name, type) in families.Where(static pair => pair.Value == "counter"))
            Assert.True(name.EndsWith("_total", StringComparison.Ordinal), $"{name} is a {type}");
        return samples;

        void Take(string line)
        {
            var sample = Sample().Match(line);
            Assert.True(sample.Success, $"no sample: {line}");
            var suffix = sample.Groups[1].Value[family.Length..];
            Assert.True(sample.Groups[1].Value.StartsWith(family, StringComparison.Ordinal)
                && (families[family] == "histogram" ? suffix is "_bucket" or "_sum" or "_count" : suffix == ""), line);
            Assert.True(
                samples.TryAdd(sample.Groups[1].Value + sample.Groups[2].Value, double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture)),
                $"twice: {line}");
        }
    }

    [GeneratedRegex(@"^# HELP ([a-z_]+) [^\n]+$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE ([a-z_]+) (counter|gauge|histogram)$")]
    private static partial Regex Kind();

    [GeneratedRegex("""^([a-z_]+)(\{[a-z]+="(?:[^"\\]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\]|\\[\\"n])*")*\})? ([-+]?[0-9.]+(?:E[-+]?[0-9]+)?)$""")]
    private static partial Regex Sample();
}
