using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using PluginGateway.Control;
using PluginGateway.Dispatch;
using PluginGateway.Loading;
using PluginGateway.Serialization;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Threads;

namespace PluginGateway.Hosting;

/// <summary>Compiles the code that must be fast at its first use, for status and stop, before a plugin can keep the processors busy: run once with
/// harmless input where that is possible, else only compiled.</summary>
internal static class Warmup
{
    private const BindingFlags Own =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Folders of the host whose code must be compiled before it is first needed, with their subfolders.</summary>
    internal static readonly string[] Folders =
    [
        "Access", "Control", "Dispatch", "Guard", "Hosting", "Instance", "Isolation.Processes", "Isolation.Protocol", "Isolation.Remote", "Logging",
        "Posix", "Reloading", "Shutdown", "Status", "Store",
        "Supervision", "Threads", "Units",
    ];

    private static readonly string[] Namespaces = Array.ConvertAll(Folders, static folder => $"{nameof(PluginGateway)}.{folder}");

    /// <summary>Starts the warm-up on a thread of its own, for which no other waits.</summary>
    public static void Begin(IEnumerable<IControlVerb> verbs) => LoopThread.Start("warm-up", () =>
    {
        try
        {
            Run(verbs);
        }
        catch (Exception)
        {
            // The first use then compiles the method.
        }
    });

    internal static void Run(IEnumerable<IControlVerb> verbs)
    {
        _ = new ControlRouter(verbs).Answer("""{"verb":"status"}"""u8);
        var (now, shutdown) = (DateTimeOffset.UnixEpoch, SampleReport());
        var adapter = new AdapterStatus("id", "plugin", "connected", null, 1, now, now, now,
            [new AbandonedCallReport("send", 1, now, AbandonedCallStage.Entered)], new ReconnectStatus(1, now))
        {
            Retrying = new RetryingDeliveries(0, 0, now, now, "")
        };
        var messages = new BalanceReport(new InboundBalanceReport(0, 0, 0, 0, 0, 0, 0, 0), new OutboundBalanceReport(0, 0, 0, 0, 0, 0, 0), true);
        JsonText.LineBytes(
            new StatusReport(GatewayState.Ready, "", 1, 0, [""], "", [adapter], messages, shutdown) { Handlers = [adapter] },
            StatusJson.Default.StatusReport);
        JsonText.IndentedBytes(shutdown, ShutdownJson.Default.ShutdownReport);
        JsonText.Line(new StopAccepted(1, 1), ControlJson.Default.StopAccepted);
        WarmUpFaultText();
        Compile();
    }

    /// <summary>Reads a stack with source lines once: the first reading loads much, and could otherwise fall into the bound of a teardown.</summary>
    private static void WarmUpFaultText()
    {
        try
        {
            throw new IOException();
        }
        catch (IOException fault)
        {
            FaultText.Of(fault);
        }
    }

    private static ShutdownReport SampleReport() => new(
        "", DateTimeOffset.UnixEpoch, 0, 0, [new PhaseReport(StopPhase.Drain, 0, 0, true)], [new TeardownReport("", "", "", 0, 0, null)],
        new OwedReport(0, 0, 0, 0))
    {
        Notices = [new NoticeReport("", 0, 0, null)],
    };

    private static void Compile()
    {
        foreach (var type in typeof(Warmup).Assembly.GetTypes())
        {
            if (type.ContainsGenericParameters || !IsIn(type.Namespace) || IsOfJson(type)) continue;
            foreach (var method in type.GetMethods(Own).Cast<MethodBase>().Concat(type.GetConstructors(Own)))
            {
                if (HasBody(method)) RuntimeHelpers.PrepareMethod(method.MethodHandle);
            }
        }
    }

    private static bool IsIn(string? name) => name is not null && Array.Exists(Namespaces, one =>
        name.StartsWith(one, StringComparison.Ordinal) && (name.Length == one.Length || name[one.Length] == '.'));

    /// <summary>Returns true for the generated code of JSON: what status and stop write has been run, and neither reads.</summary>
    private static bool IsOfJson(Type type) => typeof(JsonSerializerContext).IsAssignableFrom(type.DeclaringType ?? type);

    private static bool HasBody(MethodBase method) =>
        !method.IsAbstract && !method.ContainsGenericParameters && !method.Attributes.HasFlag(MethodAttributes.PinvokeImpl);
}
