using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PluginGateway.Control;
using PluginGateway.Hosting;
using PluginGateway.Units;

namespace PluginGateway.Tests.Architecture;

public sealed class ArchitectureTests
{
    private static readonly Type[] HostSide =
        [typeof(IInbox), typeof(IHandlerOutbox), typeof(IAdapterState), typeof(ISessionState), typeof(IEventTopics), typeof(IPluginLog)];

    /// <summary>Folders whose code neither runs on the control threads nor decides for them. A new folder is none of these.</summary>
    private static readonly string[] OtherFolders = ["Cli", "Web"];

    [Fact]
    public void Only_the_guard_and_loading_enter_plugin_code()
    {
        var trespassers = HostCode.Calls()
            .Where(static call => call.Called.DeclaringType is { IsInterface: true } contract && contract.Assembly == typeof(IChannelAdapter).Assembly
                && !HostSide.Contains(contract))
            .Where(static call => HostCode.FolderOf(call.Caller.DeclaringType!) is not ("Guard" or "Loading"))
            .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}");
        Assert.Empty(trespassers);
    }

    [Fact]
    public void The_guard_itself_enters_every_member_of_the_contract()
    {
        var members = typeof(IChannelAdapter).Assembly.GetExportedTypes().Where(static type => type.IsInterface && !HostSide.Contains(type))
            .SelectMany(static type => type.GetMethods());
        var entered = HostCode.Calls().Where(static call => HostCode.FolderOf(call.Caller.DeclaringType!) == "Guard")
            .Select(static call => call.Called).ToHashSet();
        Assert.Empty(members.Where(member => !entered.Contains(member)).Select(static member => $"{member.DeclaringType!.Name}.{member.Name}"));
    }

    [Fact]
    public void Control_threads_never_wait_for_the_thread_pool()
    {
        Assert.All(OtherFolders, static folder => Assert.Contains(HostCode.Types(), type => HostCode.FolderOf(type) == folder));
        var waits = HostCode.Calls()
            .Where(static call => !OtherFolders.Contains(HostCode.FolderOf(call.Caller.DeclaringType!)) && IsWait(call.Called)
                && !IsAllowed(call.Caller))
            .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}");
        Assert.Empty(waits);

        static bool IsWait(MethodBase called) => called.DeclaringType switch
        {
            { Name: "Task" or "Task`1", Namespace: "System.Threading.Tasks" } =>
                called.Name is "Wait" or "WaitAll" or "WaitAny" or "get_Result" or "Run" or "Delay" or "WaitAsync",
            { Name: "TaskAwaiter" or "TaskAwaiter`1" or "ConfiguredTaskAwaiter" } => called.Name == "GetResult",
            { Name: "SemaphoreSlim" } => called.Name.StartsWith("Wait", StringComparison.Ordinal),
            { Name: "AsyncTaskMethodBuilder" or "AsyncTaskMethodBuilder`1" or "AsyncVoidMethodBuilder" } => true,
            { Namespace: "System.Threading", Name: "Timer" or "PeriodicTimer" } => true,
            _ => false,
        };

        // What a worker answers is read when its task has completed, and so is what it is answered.
        // The listener is started before any plugin is loaded; a value call reads the result of a task that has completed.
        static bool IsAllowed(MethodBase caller) =>
            (caller.DeclaringType!.Name, caller.Name) is ("GatewayRunner", "TryListen") or ("ValueCall`1", "Extract") or ("HostServices", "Tell");
    }

    /// <summary>Completing a task calls the synchronization context or the task scheduler under which it is awaited, on the thread that completes
    /// it.</summary>
    [Fact]
    public void No_task_that_a_plugin_may_await_is_completed_but_by_a_promise()
    {
        var sources = HostCode.Calls()
            .Where(static call =>
                call.Called.DeclaringType is { Namespace: "System.Threading.Tasks", Name: "TaskCompletionSource" or "TaskCompletionSource`1" }
                && !IsAllowed(call.Caller))
            .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}");
        Assert.Empty(sources);

        // A question of the gateway to a worker that no plugin of the gateway's process sees.
        static bool IsAllowed(MethodBase caller) => caller.DeclaringType!.Name is "Promise`1" or "PendingCall`1" or "RemoteAdapter";
    }

    /// <summary><c>Thread.Interrupt</c> ends a plain lock with an exception, and hardly any code of the host runs only on threads that no plugin has
    /// ever seen.</summary>
    [Fact]
    public void No_lock_is_taken_but_an_uninterruptible_one()
    {
        var locks = HostCode.Calls()
            .Where(static call => IsLock(call.Called) && call.Caller.DeclaringType!.Name != "UninterruptibleLock")
            .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}");
        Assert.Empty(locks);

        static bool IsLock(MethodBase called) => called.DeclaringType switch
        {
            { Namespace: "System.Threading", Name: "Monitor" } => called.Name is "Enter" or "TryEnter" or "Wait",
            { Namespace: "System.Threading", Name: "Lock" or "ReaderWriterLockSlim" or "SpinLock" or "Barrier" or "CountdownEvent" } => true,
            { Namespace: "System.Collections.Concurrent", Name: "BlockingCollection`1" } => true,
            _ => false,
        };
    }

    [Fact]
    public void System_calls_are_declared_in_Posix_only_and_each_in_one_class()
    {
        var declared = HostCode.Types().SelectMany(static type => NativeLinks.MethodsOf(type), static (type, method) =>
            (Type: type, Call: EntryPointOf(method))).ToArray();
        Assert.True(declared.Length > 40);
        Assert.Empty(declared.Where(static one => HostCode.FolderOf(one.Type) != "Posix").Select(static one => $"{one.Type}: {one.Call}"));
        Assert.Empty(declared.GroupBy(static one => one.Call, static one => one.Type.Name)
            .Where(static call => call.Distinct().Count() > 1).Select(static call => $"{call.Key}: {string.Join(", ", call.Distinct())}"));

        static string EntryPointOf(MethodInfo method) => method.GetCustomAttribute<System.Runtime.InteropServices.DllImportAttribute>()!.EntryPoint!;
    }

    /// <summary>What is looked up when it is first called is looked up by a plugin's resolver.</summary>
    [Fact]
    public void Every_native_call_is_linked_at_the_start()
    {
        var callers = HostCode.Assembly.GetTypes().Where(static type => NativeLinks.MethodsOf(type).Any()).ToArray();
        Assert.True(callers.Length > 8);
        Assert.Empty(callers.Except(NativeLinks.Callers));
    }

    [Fact]
    public void The_host_is_never_run_stopped_or_disposed() => Assert.Empty(HostCode.Calls()
        .Where(static call => call.Called.DeclaringType is { } type
            && (type == typeof(WebApplication) || type.Name is "IHost" or "HostingAbstractionsHostExtensions")
            && call.Called.Name is "Run" or "RunAsync" or "StopAsync" or "Dispose" or "DisposeAsync" or "WaitForShutdown"
            && call.Called.DeclaringType.Assembly.GetName().Name!.StartsWith("Microsoft", StringComparison.Ordinal)
            && call.Called.DeclaringType.Name is "WebApplication" or "IHost" or "HostingAbstractionsHostExtensions")
        .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name}"));

    [Fact]
    public void Every_control_verb_of_the_host_is_found_by_the_scan()
    {
        var services = new ServiceCollection();
        services.Scan(static scan => scan.FromAssemblyOf<IControlVerb>()
            .AddClasses(static classes => classes.AssignableTo<IControlVerb>(), publicOnly: false).As<IControlVerb>().WithSingletonLifetime());
        var verbs = HostCode.Assembly.GetTypes()
            .Where(static type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IControlVerb))).ToArray();
        Assert.True(verbs.Length >= 3);
        Assert.Equal(verbs.Length, services.Count);
    }

    [Fact]
    public void Nearly_every_class_is_sealed_and_internal() => Assert.Empty(HostCode.Assembly.GetTypes()
        .Where(static type => type is { IsClass: true, IsAbstract: false, IsSealed: false } && !type.IsDefined(typeof(CompilerGeneratedAttribute))
            && type.Name != "Program"
            && !HostCode.Assembly.GetTypes().Any(other => other.BaseType == type))
        .Select(static type => type.FullName));
}
