namespace PluginGateway.PaperAdapters;

/// <summary>Request of a paper adapter to its platform.</summary>
/// <param name="Method">Method or command, for example <c>POST</c> or <c>MAIL</c>.</param>
/// <param name="Address">Path, address or recipient.</param>
/// <param name="Body">Body.</param>
internal sealed record PlatformRequest(string Method, string Address, string Body);

/// <summary>Platform without a network: it keeps each request, and answers with the next recorded answer.</summary>
internal sealed class RecordedPlatform
{
    public List<PlatformRequest> Requests { get; } = [];

    public Queue<string> Answers { get; } = new();

    public string Ask(string method, string address, string body)
    {
        Requests.Add(new PlatformRequest(method, address, body));
        return Answers.TryDequeue(out var answer) ? answer : "{}";
    }
}
