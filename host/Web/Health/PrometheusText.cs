using System.Globalization;
using System.Text;

namespace PluginGateway.Web.Health;

/// <summary>Writes figures in Prometheus' text format, version 0.0.4. A plain writer: a library's meters would run a plugin's listener on the
/// gateway's own threads.</summary>
internal sealed class PrometheusText
{
    /// <summary>The media type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const int MaxLabel = 128;

    private readonly StringBuilder _text = new(32 * 1024);
    private string _family = "";

    /// <summary>Begins a family of figures that only grow; its name must end in <c>_total</c>.</summary>
    public PrometheusText Counter(string name, string help) => Family(name, help, "counter");

    /// <summary>Begins a family of figures that go up and down.</summary>
    public PrometheusText Gauge(string name, string help) => Family(name, help, "gauge");

    /// <summary>Begins a family of histograms.</summary>
    public PrometheusText Histogram(string name, string help) => Family(name, help, "histogram");

    /// <summary>Adds a figure to the family.</summary>
    public PrometheusText Add(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample("", value, labels);

    /// <summary>Adds a figure if it is known.</summary>
    public PrometheusText Add(double? value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        value is { } known ? Sample("", known, labels) : this;

    /// <summary>Adds a histogram: the counts of the spans one by one, the last without an upper bound.</summary>
    public PrometheusText Add(
        IReadOnlyList<double> bounds, IReadOnlyList<long> spans, double sum, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var below = 0L;
        for (var i = 0; i < spans.Count; i++)
        {
            below += spans[i];
            Sample("_bucket", below, [.. labels, ("le", i < bounds.Count ? Number(bounds[i]) : "+Inf")]);
        }

        Sample("_sum", sum, labels);
        return Sample("_count", below, labels);
    }

    public override string ToString() => _text.ToString();

    private PrometheusText Family(string name, string help, string type)
    {
        _family = name;
        _text.Append("# HELP ").Append(name).Append(' ')
            .Append(help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    private PrometheusText Sample(string suffix, double value, ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_family).Append(suffix);
        if (labels.Length > 0)
        {
            var separator = '{';
            foreach (var (name, text) in labels)
            {
                _text.Append(separator).Append(name).Append("=\"").Append(Escape(text)).Append('"');
                separator = ',';
            }

            _text.Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
        return this;
    }

    private static string Escape(string text) => (text.Length > MaxLabel ? text[..MaxLabel] : text)
        .Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", @"\n", StringComparison.Ordinal);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
