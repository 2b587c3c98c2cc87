using System.Text.Json.Nodes;

namespace PluginGateway.MatrixTests;

/// <summary>One adapter that commits one sin in one phase.</summary>
internal sealed record Wrongdoer(string Sin, string Phase, string Plugin = "Misbehaving")
{
    /// <summary>The deadline of every call, in seconds.</summary>
    public double Deadline => IsLong ? 60 : Isolated && !IsLate ? 4 : 1.5;

    /// <summary>It waits for many answers, one after the other.</summary>
    private bool IsLong => Sin.StartsWith("replies-with-", StringComparison.Ordinal);

    /// <summary>It comes back 2.5 s after it began: its deadline must be over by then.</summary>
    private bool IsLate => Sin.StartsWith("late-", StringComparison.Ordinal);

    public string Id => $"{Phase}.{Sin}";

    /// <summary>True: it runs in a process of its own. Many of them start at once, so they get more time.</summary>
    public bool Isolated { get; init; }

    /// <summary>True: it is asked for a sign of life five times a second.</summary>
    public bool IsProbed { get; init; }

    /// <summary>True: it may connect to sockets in the file system, where it runs in a process of its own.</summary>
    public bool UsesUnixSockets { get; init; }

    /// <summary>True: every generation sins, not the first only.</summary>
    public bool Always { get; init; }

    /// <summary>The unit's name in status and log: a handler has its own.</summary>
    public string Unit => Phase is "turn" or "handler-dispose" or "handler-construct" ? $"handler:{Id}" : Id;

    /// <summary>The operation as the host names it.</summary>
    public string Operation => Phase switch
    {
        "construct" or "handler-construct" => "create",
        "validate" => "validate-settings",
        "run-after" or "run-direct" => "run",
        "handler-dispose" => "dispose",
        _ => Phase,
    };

    /// <summary>What that operation is given.</summary>
    public double Limit => Phase switch
    {
        // The polite close gets the bound without the half second that is reserved for dispose.
        "disconnect" => Teardown - 0.5,
        // A run has no deadline of its own: it is abandoned with the teardown, which begins 0.3 s after it.
        "run-after" => Teardown + 0.3,
        "dispose" or "handler-dispose" => Teardown,
        "construct" or "validate" or "handler-construct" => Construction,
        _ => Deadline,
    };

    /// <summary>Disconnect and dispose together. Processes that are torn down at once need their time on a busy machine.</summary>
    public double Teardown => Isolated && !IsLate ? 5 : 2;

    /// <summary>Adapters that start at once connect late on a busy machine, before the call that is timed.</summary>
    private const double Arrival = 15;

    /// <summary>Loading and creating share a setting, and loading compiles: it needs its time on a busy machine.</summary>
    public double Construction => Isolated ? 12 : 5;

    public JsonObject Configuration()
    {
        var settings = new JsonObject { ["sin"] = Sin, ["phase"] = Phase };
        if (Always) settings["always"] = "yes";
        var adapter = new JsonObject
        {
            ["id"] = Id,
            ["plugin"] = Plugin,
            ["settings"] = settings,
            ["allow"] = new JsonObject { ["users"] = new JsonArray("*") },
            ["timeouts"] = Timeouts()
        };
        if (IsProbed) adapter["worker"] = new JsonObject { ["memoryMegabytes"] = 64 };
        if (UsesUnixSockets) adapter["worker"] = new JsonObject { ["unixSockets"] = true };
        if (Phase is "probe" || IsProbed) adapter["probe"] = new JsonObject { ["idleSeconds"] = 0.2 };
        if (Phase is "typing") adapter["handler"] = Handler(new JsonObject { ["thinksSeconds"] = 3 });
        if (Phase is "fetch") adapter["handler"] = Handler([]);
        if (Unit != Id) adapter["handler"] = Handler(new JsonObject { ["sin"] = Sin, ["phase"] = Phase });
        if (Isolated) (Unit == Id ? adapter : adapter["handler"]!)["isolation"] = "process";
        return adapter;
    }

    private JsonObject Handler(JsonObject settings) =>
        new()
        {
            ["plugin"] = "Misbehaving",
            ["settings"] = settings,
            ["timeouts"] = new JsonObject
            {
                ["turnSeconds"] = settings.ContainsKey("sin") ? Deadline : 30,
                ["disconnectSeconds"] = Teardown,
                ["loadSeconds"] = settings["phase"]?.ToString() == "handler-construct" ? Construction : 60
            }
        };

    private JsonObject Timeouts()
    {
        var timeouts = new JsonObject
        {
            ["loadSeconds"] = Operation is "create" or "validate-settings" || Sin == "unloading-hangs" ? Construction : 60,
            ["disconnectSeconds"] = Teardown
        };
        foreach (var name in (string[])["connect", "send", "typing", "answer", "probe", "http"])
            timeouts[$"{name}Seconds"] = name == "connect" && Operation != "connect" ? Math.Max(Deadline, Arrival) : IsProbed ? 1.5 : Deadline;
        return timeouts;
    }
}
