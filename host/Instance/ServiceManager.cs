using System.Diagnostics;
using System.Globalization;
using System.Text;
using PluginGateway.Posix;

namespace PluginGateway.Instance;

/// <summary>Notifications to the service manager (sd_notify): the progress of the gateway, and that its supervisor still runs. Without a manager that
/// listens nothing is sent. Any thread; never blocks.</summary>
/// <param name="send">Sends one message; null: no manager listens.</param>
/// <param name="watchdog">The manager ends a process that is silent for longer; null: no watchdog.</param>
/// <param name="clock">The clock.</param>
internal sealed class ServiceManager(Action<byte[]>? send, TimeSpan? watchdog, TimeProvider clock)
{
    private static readonly byte[] Alive = "WATCHDOG=1"u8.ToArray();
    private static readonly TimeSpan StartStep = TimeSpan.FromSeconds(60);

    private readonly TimeSpan _feedEvery = watchdog / 2 ?? Timeout.InfiniteTimeSpan;
    private long _fed;
    private long _extended;

    /// <summary>True when a manager listens.</summary>
    public bool Listens => send is not null;

    /// <summary>Returns the manager of this process, by its environment, and removes its variables: child processes must not notify it.</summary>
    public static ServiceManager OfProcess(TimeProvider clock)
    {
        var (socket, watchdog, pid) = (Take("NOTIFY_SOCKET"), Take("WATCHDOG_USEC"), Take("WATCHDOG_PID"));
        var notify = NotifySocket.Open(socket);
        return new(notify is null ? null : message => notify.Send(message), WatchdogOf(watchdog, pid, Environment.ProcessId), clock);
    }

    /// <summary>Returns the watchdog's limit, if it is meant for this process.</summary>
    public static TimeSpan? WatchdogOf(string? microseconds, string? pid, int own) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
        && (string.IsNullOrEmpty(pid) || pid == own.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(limit) : null;

    /// <summary>Reports that the gateway still starts: the manager's limit for the start begins anew. To be called repeatedly; sends every few
    /// seconds.</summary>
    public void Starting(string status)
    {
        if (!Listens || (_extended != 0 && clock.GetElapsedTime(_extended) < StartStep / 6)) return;
        _extended = clock.GetTimestamp();
        Send($"STATUS={Line(status)}\nEXTEND_TIMEOUT_USEC={Microseconds(StartStep)}");
    }

    /// <summary>Reports that the gateway has started, or has read its configuration again.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={Line(status)}");

    /// <summary>Sends the current status text.</summary>
    public void Status(string status) => Send($"STATUS={Line(status)}");

    /// <summary>Reports that the gateway reads its configuration again; <see cref="Ready"/> ends that state.</summary>
    public void Reloading() => Send($"RELOADING=1\nMONOTONIC_USEC={Microseconds(Stopwatch.GetElapsedTime(0))}");

    /// <summary>Reports that the gateway stops, and takes at most this long.</summary>
    public void Stopping(string reason, TimeSpan atMost) =>
        Send($"STOPPING=1\nSTATUS=stopping: {Line(reason)}\nEXTEND_TIMEOUT_USEC={Microseconds(atMost)}");

    /// <summary>Feeds the watchdog after an iteration of the supervisor's loop, while the other loops run. Called only by that loop: a watchdog fed
    /// by other threads would prove nothing.</summary>
    public void Beat()
    {
        if (send is null || watchdog is null || (_fed != 0 && clock.GetElapsedTime(_fed) < _feedEvery)) return;
        _fed = clock.GetTimestamp();
        send(Alive);
    }

    private static string? Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        if (value is not null) Environment.SetEnvironmentVariable(variable, null);
        return value;
    }

    private static long Microseconds(TimeSpan time) => (long)time.TotalMicroseconds;

    private static string Line(string text) => Logging.Printable.Text(text.Length > 500 ? text[..500] : text);

    private void Send(string message) => send?.Invoke(Encoding.UTF8.GetBytes(message));
}
