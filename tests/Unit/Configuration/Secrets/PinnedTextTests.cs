using System.Text.Json;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Tests.Configuration.Secrets;

public sealed class PinnedTextTests
{
    private const string Hash = "0123";

    [Theory]
    [InlineData("{}", "handler", """{ "handler": { "sha256": "0123" } }""")]
    [InlineData("""{ "adapters": [] }""", "handler", """{ "handler": { "sha256": "0123" }, "adapters": [] }""")]
    [InlineData("""{ "handler": {} }""", "handler", """{ "handler": { "sha256": "0123" } }""")]
    [InlineData("""{ "handler": { "plugin": "A" } /* last */ }""", "handler", """{ "handler": { "plugin": "A", "sha256": "0123" } /* last */ }""")]
    [InlineData("""{ "adapters": [ { "id": "a", "plugin": "A", "sha256" : "ff", }, ] }""", "adapters[0]",
        """{ "adapters": [ { "id": "a", "plugin": "A", "sha256" : "0123", }, ] }""")]
    [InlineData("""{ "adapters": [ 1, { "plugin": "ü", "handler": { "plugin": "B" } } ] }""", "adapters[1].handler",
        """{ "adapters": [ 1, { "plugin": "ü", "handler": { "plugin": "B", "sha256": "0123" } } ] }""")]
    [InlineData("""{ "adapters": [ { "plugin": "A", "settings": { "plugin": "x", "sha256": "y" } } ] }""", "adapters[0]",
        """{ "adapters": [ { "plugin": "A", "sha256": "0123", "settings": { "plugin": "x", "sha256": "y" } } ] }""")]
    [InlineData("""{ "adapters": [ { "plugin": "A" } ] }""", "adapters[7]", """{ "adapters": [ { "plugin": "A" } ] }""")]
    public void A_pin_is_written_in_its_place_and_everything_else_stays(string text, string key, string expected)
    {
        var written = PinnedText.With(text, new Dictionary<string, string> { [key] = Hash });
        Assert.Equal(expected, written);
        JsonDocument.Parse(written, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }).Dispose();
    }
}
