using System.Reflection;
using System.Text.Json;

namespace PluginGateway.Tests.Architecture;

/// <summary>A plugin's hook for first-chance exceptions runs on the thread that throws, and may never return: code of the control threads calls
/// nothing that throws where files, sockets or texts are not as they should be.</summary>
public sealed class QuietCodeTests
{
    /// <summary>Folders whose code runs on control threads.</summary>
    private static readonly string[] Folders = ["Control", "Control.Verbs", "Status", "Dispatch", "Dispatch.Turns", "Dispatch.Outbound",
        "Dispatch.External", "Store.Engine", "Store.Verbs", "Store.Quota", "Supervision", "Supervision.Machine"];

    /// <summary>Types of other folders whose code does.</summary>
    private static readonly string[] Types = [
        "StoreRescue", "FileCheck", "FileWatch", "FileIdentity", "ProcFile", "ProcessStat", "WorkerStatistics", "DescriptorWatch"];

    /// <summary>Who may all the same, and why.</summary>
    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["ControlClient"] = "the commands, in a process of their own",
        ["StopClient"] = "the commands",
        ["ControlKey"] = "made at the start; read by the commands",
        ["ControlServer"] = "its socket is made at the start; its thread takes clients by a system call, except on other systems",
        ["SendVerb"] = "parses what its own reader has found to be well-formed",
        ["ReplyTokens"] = "threads of the listener",
        ["Database"] = "the start",
        ["Migrations"] = "the start",
        ["MigrationCopy"] = "the start",
        ["StoreHeader"] = "the commands",
        ["ProcessStat"] = "figures that the kernel writes",
        ["WorkerStatistics"] = "figures that the kernel writes",
    };

    [Fact]
    public void Code_of_the_control_threads_calls_nothing_that_throws_over_files_sockets_and_texts()
    {
        var calls = HostCode.Calls().Where(static call => RunsOnControlThreads(Outermost(call.Caller.DeclaringType!)) && Throws(call.Called))
            .Select(static call => (Caller: Outermost(call.Caller.DeclaringType!).Name,
                Text: $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType!.Name}.{call.Called.Name}")).ToArray();
        Assert.Equal(
            "", string.Join('\n', calls.Where(static call => !Allowed.ContainsKey(call.Caller)).Select(static call => call.Text).Distinct()));
        // The list is closed: who needs no place in it has none.
        Assert.Equal("", string.Join('\n', Allowed.Keys.Except(calls.Select(static call => call.Caller))));
        Assert.All(Folders, static folder => Assert.Contains(HostCode.Types(), type => HostCode.NamespaceOf(type) == folder));
        Assert.All(Types, static name => Assert.Contains(HostCode.Types(), type => type.Name == name));
    }

    private static bool RunsOnControlThreads(Type type) => Folders.Contains(HostCode.NamespaceOf(type)) || Types.Contains(type.Name);

    private static bool Throws(MethodBase called) => called.DeclaringType switch
    {
        { FullName: "System.IO.File" } => called.Name is not "Exists",
        { FullName: "System.IO.Directory" } => called.Name is not "Exists",
        { FullName: "System.IO.FileStream" or "System.IO.StreamReader" or "System.IO.StreamWriter" } => true,
        { FullName: "System.IO.FileInfo" or "System.IO.DirectoryInfo" } => called.Name is "get_Length" or "Delete" or "MoveTo",
        { FullName: "System.Net.Sockets.Socket" } => called.Name is "Accept" or "Connect" or "Bind" or "Listen"
            || (called.Name is "Send" or "Receive" && called.GetParameters() is not [.., { ParameterType.IsByRef: true }]),
        { Name: "JsonDocument" } => called.Name == nameof(JsonDocument.Parse),
        { Name: "JsonSerializer" } => called.Name == nameof(JsonSerializer.Deserialize),
        { FullName: "System.Diagnostics.Process" } => called.IsStatic,
        { Namespace: "System", Name: "Int32" or "Int64" or "DateTimeOffset" or "Guid" or "Enum" } => called.Name == "Parse",
        { Name: "RegularFile" or "AtomicFile" or "CgroupFile" } => true,
        _ => false,
    };

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
