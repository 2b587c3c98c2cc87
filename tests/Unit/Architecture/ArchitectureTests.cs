using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using PluginGateway.Lifetime;

namespace PluginGateway.Tests.Architecture;

public sealed class ArchitectureTests
{
    private static readonly Type[] HostSide = [typeof(IInbox), typeof(IAdapterState), typeof(IEventTopics), typeof(IPluginLog)];

    /// <summary>Folders whose code runs on the control threads, or decides for them.</summary>
    private static readonly string[] ControlFolders = ["Guard", "Supervision", "Access", "Dispatch", "Store", "Lifetime", "Threads", "Logging", "Configuration", "Loading"];

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Threads"] = [],
        ["Configuration"] = [],
        ["Logging"] = ["Threads"],
        ["Loading"] = ["Threads", "Configuration"],
        ["Guard"] = ["Threads", "Configuration", "Loading"],
        ["Supervision"] = ["Threads", "Configuration", "Loading", "Guard"],
        ["Store"] = ["Threads", "Configuration"],
        ["Access"] = ["Threads", "Configuration", "Store"],
        ["Dispatch"] = ["Threads", "Configuration", "Loading", "Store", "Guard", "Access"],
        ["Web"] = ["Threads", "Configuration", "Guard", "Dispatch"],
        ["Lifetime"] = ["Threads", "Configuration", "Loading", "Guard", "Supervision", "Store", "Access", "Dispatch", "Web", "Logging", "Cli"],
    };

    [Fact]
    public void Only_the_guard_and_loading_enter_plugin_code()
    {
        var trespassers = HostCode.Calls()
            .Where(static call => call.Called.DeclaringType is { IsInterface: true } contract && contract.Assembly == typeof(IChannelAdapter).Assembly && !HostSide.Contains(contract))
            .Where(static call => HostCode.FolderOf(call.Caller.DeclaringType!) is not ("Guard" or "Loading"))
            .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}");
        Assert.Empty(trespassers);
    }

    [Fact]
    public void The_guard_itself_enters_every_member_of_the_contract()
    {
        var members = typeof(IChannelAdapter).Assembly.GetExportedTypes().Where(static type => type.IsInterface && !HostSide.Contains(type)).SelectMany(static type => type.GetMethods());
        var entered = HostCode.Calls().Where(static call => HostCode.FolderOf(call.Caller.DeclaringType!) == "Guard").Select(static call => call.Called).ToHashSet();
        Assert.Empty(members.Where(member => !entered.Contains(member)).Select(static member => $"{member.DeclaringType!.Name}.{member.Name}"));
    }

    [Fact]
    public void Control_threads_never_wait_for_the_thread_pool()
    {
        var waits = HostCode.Calls()
            .Where(static call => ControlFolders.Contains(HostCode.FolderOf(call.Caller.DeclaringType!)) && IsWait(call.Called) && !IsAllowed(call.Caller))
            .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}");
        Assert.Empty(waits);

        static bool IsWait(MethodBase called) => called.DeclaringType switch
        {
            { Name: "Task" or "Task`1", Namespace: "System.Threading.Tasks" } => called.Name is "Wait" or "WaitAll" or "WaitAny" or "get_Result" or "Run" or "Delay" or "WaitAsync",
            { Name: "TaskAwaiter" or "TaskAwaiter`1" or "ConfiguredTaskAwaiter" } => called.Name == "GetResult",
            { Name: "SemaphoreSlim" } => called.Name.StartsWith("Wait", StringComparison.Ordinal),
            { Name: "AsyncTaskMethodBuilder" or "AsyncTaskMethodBuilder`1" or "AsyncVoidMethodBuilder" } => true,
            { Namespace: "System.Threading", Name: "Timer" or "PeriodicTimer" } => true,
            _ => false,
        };

        // The listener is started before any plugin is loaded; a value call reads the result of a task that has completed.
        static bool IsAllowed(MethodBase caller) =>
            (caller.DeclaringType!.Name, caller.Name) is ("GatewayRun", "TryListen") or ("ValueCall`1", "Extract");
    }

    [Fact]
    public void The_host_is_never_run_stopped_or_disposed() => Assert.Empty(HostCode.Calls()
        .Where(static call => call.Called.DeclaringType is { } type && (type == typeof(WebApplication) || type.Name is "IHost" or "HostingAbstractionsHostExtensions")
            && call.Called.Name is "Run" or "RunAsync" or "StopAsync" or "Dispose" or "DisposeAsync" or "WaitForShutdown" && call.Called.DeclaringType.Assembly.GetName().Name!.StartsWith("Microsoft", StringComparison.Ordinal)
            && call.Called.DeclaringType.Name is "WebApplication" or "IHost" or "HostingAbstractionsHostExtensions")
        .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name}"));

    [Fact]
    public void Arrows_between_folders_run_one_way()
    {
        var wrong = HostCode.Calls()
            .Where(static call => call.Called.DeclaringType?.Assembly == HostCode.Assembly)
            .Select(static call => (From: HostCode.FolderOf(call.Caller.DeclaringType!), To: HostCode.FolderOf(call.Called.DeclaringType!), call.Caller, call.Called))
            .Where(static call => call.From != call.To && call.To.Length > 0 && Arrows.TryGetValue(call.From, out var allowed) && !allowed.Contains(call.To))
            .Select(static call => $"{call.From} -> {call.To}: {call.Caller.DeclaringType!.Name}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}")
            .Distinct();
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_control_verb_of_the_host_is_found_by_the_scan()
    {
        var services = new ServiceCollection();
        services.Scan(static scan => scan.FromAssemblyOf<IControlVerb>()
            .AddClasses(static classes => classes.AssignableTo<IControlVerb>(), publicOnly: false).As<IControlVerb>().WithSingletonLifetime());
        var verbs = HostCode.Assembly.GetTypes().Where(static type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IControlVerb))).ToArray();
        Assert.True(verbs.Length >= 3);
        Assert.Equal(verbs.Length, services.Count);
    }

    [Fact]
    public void Nearly_every_class_is_sealed_and_internal() => Assert.Empty(HostCode.Assembly.GetTypes()
        .Where(static type => type is { IsClass: true, IsAbstract: false, IsSealed: false } && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Name != "Program"
            && !HostCode.Assembly.GetTypes().Any(other => other.BaseType == type))
        .Select(static type => type.FullName));
}
