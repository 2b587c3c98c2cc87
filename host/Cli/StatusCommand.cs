using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Serialization;
using PluginGateway.Shutdown;
using PluginGateway.Status;

namespace PluginGateway.Cli;

/// <summary><c>status</c>: asks the gateway; if it does not answer, the lock and the files beside it tell the rest.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    public static int Execute(CliOptions options, CommandWiring wiring)
    {
        var dataDirectory = wiring.DataDirectory(options, DataUse.Gateway);
        var report = Ask(dataDirectory, wiring.Clock);
        if (options.Json) wiring.Output.WriteLine(JsonText.Indented(report, StatusJson.Default.StatusReport));
        else StatusTable.Show(report, dataDirectory, StartOf(report, dataDirectory), wiring.Clock.GetUtcNow(), wiring.Output.Console);
        return report.State == GatewayState.Ready ? ExitCodes.Planned : ExitCodes.Failed;
    }

    /// <summary>Takes at most about <see cref="ControlClient.Patience"/>.</summary>
    internal static StatusReport Ask(string dataDirectory, TimeProvider clock)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            var left = ControlClient.Patience - clock.GetElapsedTime(start);
            var response = ControlClient.Ask(dataDirectory, "status", null, left > RetryAfter ? left : RetryAfter);
            if (response.Result is { } json && TryRead(json) is { } report) return report;
            if (!InstanceLock.IsHeld(dataDirectory)) return Down(dataDirectory);
            // A gateway takes its lock a little before it opens its socket: while it starts it is not unresponsive.
            if (response.Answered || clock.GetElapsedTime(start) + RetryAfter >= ControlClient.Patience)
                return Unresponsive(dataDirectory, response.Error ?? "its answer is not understood");
            Thread.Sleep(RetryAfter);
        }
    }

    private static DateTimeOffset? StartOf(StatusReport report, string dataDirectory) =>
        report.State == GatewayState.Down ? null : PidFile.Read(dataDirectory)?.StartedUtc;

    private static StatusReport? TryRead(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, AnswerMetadata.Default.StatusReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static StatusReport Unresponsive(string dataDirectory, string why)
    {
        var file = PidFile.Read(dataDirectory);
        if (file is { Http: null, Process.IsRunning: true })
        {
            var opens = $"It has been opening its store since {file.StartedUtc:yyyy-MM-dd HH:mm:ss} UTC: a large one of an older version is copied and brought to this version first. "
                + "It listens and answers after that; until then it accepts nothing.";
            return new(GatewayState.Starting, file.Version, file.Process.Pid, 0, [opens], null, [], null, ShutdownReport.Read(dataDirectory));
        }

        var reason = $"The lock is held, but control.sock gives no status: {why}.";
        return new(GatewayState.Unresponsive, file?.Version, file?.Process.Pid, 0, [reason], file?.Http, [], null,
            ShutdownReport.Read(dataDirectory));
    }

    private static StatusReport Down(string dataDirectory)
    {
        // A planned stop removes it.
        IReadOnlyList<string> reasons = PidFile.Read(dataDirectory) is { } left
            ? [$"Its last process (pid {left.Process.Pid}, started {left.StartedUtc:yyyy-MM-dd HH:mm:ss} UTC) was ended from outside or by the last resort; nothing it accepted is lost."]
            : [];
        return new(GatewayState.Down, null, null, 0, reasons, null, [], null, ShutdownReport.Read(dataDirectory));
    }
}
