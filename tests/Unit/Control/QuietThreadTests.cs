using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Isolation.Processes;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Control;

/// <summary>A plugin that listens to first-chance exceptions runs on the thread that throws: the control thread throws nothing, whatever it is asked
/// and however the system is.</summary>
public sealed class QuietThreadTests
{
    [Theory]
    [InlineData("to", 600)]
    [InlineData("thread", 600)]
    [InlineData("thread", 0)]
    [InlineData("attachments", 0)]
    [InlineData("attachments", 3)]
    [InlineData("format", 3)]
    public void A_message_that_cannot_be_sent_is_refused_without_an_exception(string argument, int length)
    {
        var arguments = new Dictionary<string, string> { ["to"] = "web:readme", ["text"] = "text", ["key"] = "k" };
        arguments[argument] = argument == "to" ? "web:" + new string('7', length) : new string('7', length);
        var reply = default(ControlReply);
        Assert.Empty(ThrownIn(() => reply = new SendVerb(null!).Execute(new ControlRequest("send", arguments))));
        Assert.NotNull(reply!.Error);
    }

    [Theory]
    [InlineData("[{\"id\":\"x\",}]")]
    [InlineData("[{\"id\":\"\\ud800\"}]")]
    [InlineData("[{\"id\":1}]")]
    [InlineData("[{\"id\":null}] []")]
    [InlineData("[[]]")]
    [InlineData("[{\"id\":\"../x\"}]")]
    [InlineData("{}")]
    public void A_list_of_files_that_is_none_is_refused_without_an_exception(string list)
    {
        var arguments = new Dictionary<string, string> { ["to"] = "web:readme", ["text"] = "text", ["key"] = "k", ["attachments"] = list };
        var reply = default(ControlReply);
        Assert.Empty(ThrownIn(() => reply = new SendVerb(null!).Execute(new ControlRequest("send", arguments))));
        Assert.Contains("attachment", reply!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_of_a_worker_that_has_ended_are_none_and_throw_nothing()
    {
        using var process = Process.Start("true");
        process.WaitForExit();
        Assert.Empty(ThrownIn(() =>
        {
            Assert.Null(WorkerStatistics.Of(process.Id));
            Assert.Null(ProcessStat.Of(process.Id));
        }));
        var own = WorkerStatistics.Of(Environment.ProcessId)!;
        Assert.True(own is { Memory: > 1_000_000, Cpu.Ticks: > 0 }, own.ToString());
    }

    /// <summary>As when no descriptor is left: the listener stays, and each attempt fails.</summary>
    [Fact]
    public void A_socket_that_takes_no_clients_throws_nothing_and_the_ticks_go_on()
    {
        using var directory = new TemporaryDirectory();
        var ticks = 0;
        var control = 0;
        List<string> thrown = [];
        AppDomain.CurrentDomain.FirstChanceException += Listen;
        try
        {
            using var server = new ControlServer(directory.Path, [], () =>
            {
                Volatile.Write(ref control, Environment.CurrentManagedThreadId);
                Interlocked.Increment(ref ticks);
            }, NullLogger.Instance);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref ticks) > 0, TimeSpan.FromSeconds(20)));
            LibC.Shutdown(
                (int)((Socket)typeof(ControlServer).GetField("_listener", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(server)!).Handle);
            var before = Volatile.Read(ref ticks);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref ticks) > before + 2, TimeSpan.FromSeconds(20)));
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Listen;
        }

        Assert.Empty(thrown);

        void Listen(object? sender, FirstChanceExceptionEventArgs raised)
        {
            if (Environment.CurrentManagedThreadId != Volatile.Read(ref control)) return;
            lock (thrown) thrown.Add(raised.Exception.ToString());
        }
    }

    private static List<string> ThrownIn(Action run)
    {
        var (thread, thrown) = (Environment.CurrentManagedThreadId, new List<string>());
        AppDomain.CurrentDomain.FirstChanceException += Listen;
        try
        {
            run();
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Listen;
        }

        return thrown;

        void Listen(object? sender, FirstChanceExceptionEventArgs raised)
        {
            if (Environment.CurrentManagedThreadId == thread) thrown.Add(raised.Exception.ToString());
        }
    }
}
