using System.Text.Json;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>The report on a gateway.</summary>
internal sealed record Status(JsonElement Json)
{
    public string State => Json.GetProperty("state").GetString()!;

    private JsonElement Messages => Json.GetProperty("messages");

    /// <summary>Asks the gateway; where it does not answer, the command, which then says more.</summary>
    public static Status Of(string data) =>
        ControlSocket.Status(data, TimeSpan.FromSeconds(2)) is { } json ? new Status(json) : ByCommand(data).Status;

    /// <summary>Runs <c>status --json</c>.</summary>
    public static (int ExitCode, Status Status) ByCommand(string data)
    {
        var command = Command.Run(Path.GetTempPath(), "status", "--json", "--data", data);
        try
        {
            return (command.ExitCode, new Status(JsonDocument.Parse(command.Output).RootElement));
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"`status --json` is no JSON (exit code {command.ExitCode}):\n{command.Said}", e);
        }
    }

    /// <summary>It has answered: a gateway that is down or too busy to says nothing of its messages.</summary>
    public bool HasMessages => Messages.ValueKind == JsonValueKind.Object;

    /// <summary>Nothing is left to handle and nothing left to deliver.</summary>
    public bool IsIdle => HasMessages && Inbound("pending") == 0 && Outbound("pending") == 0;

    public long Inbound(string name) => Messages.GetProperty("inbound").GetProperty(name).GetInt64();

    public long Outbound(string name) => Messages.GetProperty("outbound").GetProperty(name).GetInt64();

    public JsonElement Adapter(string id) => Find(id) ?? throw new InvalidOperationException($"There is no adapter '{id}' in {Json}");

    /// <summary>The adapter, or null: a gateway that is just starting, or too busy to answer, names none.</summary>
    public JsonElement? Find(string id)
    {
        foreach (var adapter in Json.GetProperty("adapters").EnumerateArray())
        {
            if (adapter.GetProperty("id").GetString() == id) return adapter;
        }

        return null;
    }

    /// <summary>Nothing is lost and nothing is dropped, by the gateway's own books.</summary>
    public void AssertBalances()
    {
        Assert.Equal(Inbound("accepted"), Inbound("handled") + Inbound("parked") + Inbound("dropped") + Inbound("pending"));
        Assert.Equal(Outbound("owed"), Outbound("delivered") + Outbound("bounced") + Outbound("rejected") + Outbound("parked")
            + Outbound("withdrawn") + Outbound("pending"));
        Assert.True(Messages.GetProperty("exact").GetBoolean());
    }
}
