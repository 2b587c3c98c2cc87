using PluginGateway.Web.Health;

namespace PluginGateway.Tests.Web.Health;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Figures_labels_and_histograms_are_written_as_the_format_wants_them()
    {
        var text = new PrometheusText();
        text.Counter("a_total", "Back\\slash\nand line.").Add(3, ("id", "x\"y\\z\nw"));
        text.Gauge("b", "No labels.").Add(0.5).Add(null);
        text.Histogram("c_seconds", "Spans.").Add([0.1, 1], [2, 0, 1], 4.25, ("id", "web"));
        Assert.Equal(
            """
            # HELP a_total Back\\slash\nand line.
            # TYPE a_total counter
            a_total{id="x\"y\\z\nw"} 3
            # HELP b No labels.
            # TYPE b gauge
            b 0.5
            # HELP c_seconds Spans.
            # TYPE c_seconds histogram
            c_seconds_bucket{id="web",le="0.1"} 2
            c_seconds_bucket{id="web",le="1"} 2
            c_seconds_bucket{id="web",le="+Inf"} 3
            c_seconds_sum{id="web"} 4.25
            c_seconds_count{id="web"} 3

            """,
            text.ToString());
    }
}
