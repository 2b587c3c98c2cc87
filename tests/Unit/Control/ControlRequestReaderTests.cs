using System.Runtime.ExceptionServices;
using System.Text;
using PluginGateway.Control;
using PluginGateway.Serialization;

namespace PluginGateway.Tests.Control;

public sealed class ControlRequestReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"verb":1}""")]
    [InlineData("""{"verb":"status"}x""")]
    [InlineData("""{"verb":"status",}""")]
    [InlineData("""{"verb":"status","arguments":[]}""")]
    [InlineData("""{"verb":"status","arguments":{"id":1}}""")]
    [InlineData("""{"verb":"status","arguments":{"id":"a"}""")]
    [InlineData("""{"verb":"a\u12"}""")]
    [InlineData("""{"verb":"a\q"}""")]
    [InlineData("""{"verb":"\ud800"}""")]
    [InlineData("{\"verb\":\"a\u0001\"}")]
    [InlineData("""{"verb":"a\""")]
    public void What_is_no_request_is_refused_and_nothing_is_thrown_on_the_thread(string line)
    {
        var (thread, thrown) = (Environment.CurrentManagedThreadId, 0);
        void Count(object? sender, FirstChanceExceptionEventArgs e)
        {
            if (Environment.CurrentManagedThreadId == thread) thrown++;
        }

        AppDomain.CurrentDomain.FirstChanceException += Count;
        var answer = Encoding.UTF8.GetString(new ControlRouter([]).Answer(Encoding.UTF8.GetBytes(line)));
        AppDomain.CurrentDomain.FirstChanceException -= Count;
        Assert.StartsWith("{\"ok\":false,\"error\":\"The request is not understood", answer, StringComparison.Ordinal);
        Assert.Equal(0, thrown);
    }

    [Fact]
    public void What_the_client_writes_is_read_as_it_was_meant()
    {
        var written = new ControlRequest(
            "send", new Dictionary<string, string> { ["text"] = "a \"b\" \\ \n \t \u0001 \u00fc \ud83d\ude00 </x>", ["id"] = "" });
        var read = ControlRequestReader.Read(JsonText.LineBytes(written, ControlJson.Default.ControlRequest))!;
        Assert.Equal("send", read.Verb);
        Assert.Equal(written.Arguments!, read.Arguments!);
        Assert.Null(ControlRequestReader.Read(
            JsonText.LineBytes(new ControlRequest("stop", null), ControlJson.Default.ControlRequest))!.Arguments);
        Assert.Empty(ControlRequestReader.Read(" { \"arguments\" : { } , \"verb\" : \"stop\" }\n"u8)!.Arguments!);
    }
}
