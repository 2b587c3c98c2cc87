using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Isolation.Processes;
using PluginGateway.Loading;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Shutdown;
using PluginGateway.Store;
using PluginGateway.Store.Files;
using PluginGateway.Threads;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>The command <c>run</c>: configuration, lock, store, listener, plugins, in this order; then it waits for the end, and ends the process
/// itself.</summary>
internal static class GatewayRunner
{
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan WorkersTime = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan HolderTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExitTime = TimeSpan.FromSeconds(3);

    public static string Version { get; } =
        typeof(GatewayRunner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs the gateway. Does not return once it has run: the process ends here, without waiting for other threads.</summary>
    public static int Run(RunOptions run)
    {
        NativeLinks.Bind();
        FileSizeSignal.Ignore();
        ProcessExit.Prepare();
        var clock = TimeProvider.System;
        var writer = new LogWriter(Descriptor.StandardOutput, static dropped => $"... {dropped} lines dropped: the reader of this log is too slow",
            remember: DescriptorWatch.Remember);
        var provider = new LineLoggerProvider(writer, FormatOf(run.Log), clock);
        var code = Run(run, clock, provider);
        writer.Flush(FlushTime);
        ProcessExit.Now(code);
        return code;
    }

    private static ILogger LogOf(LineLoggerProvider provider) => provider.CreateLogger("PluginGateway.Hosting");

    private static ILineFormat FormatOf(LogFormat asked) =>
        asked == LogFormat.Json
        ? new JsonLines()
        : JournalLines.IsConnected() ? new JournalLines() : new TextLines(Descriptor.WantsColour(Descriptor.StandardOutput));

    private static int Run(RunOptions run, TimeProvider clock, LineLoggerProvider provider)
    {
        var log = LogOf(provider);
        // Kept for reloads: a plugin could change the environment and the current directory.
        var source = ConfigurationRequest.OfProcess(run.Config, run.Data, run.Http) with
        {
            ConfinesErrors = true,
            Modes = run.InsecureModes ? ModeCheck.None : ModeCheck.Refuse,
        };
        var result = ConfigurationFile.Load(source);
        PluginText.Hide(result.Redactor);
        provider.Redact = PluginText.Redact;
        foreach (var problem in result.Problems) provider.CreateLogger("PluginGateway.Configuration").ConfigurationProblem(problem);
        if (result.Configuration is not { } configuration) return ExitCodes.Configuration;
        // Closed from the start: processes that an earlier worker left running must not find it open either.
        if (configuration.Adapters.Any(static adapter => adapter.Isolation == IsolationMode.Process || adapter.OnWedged == OnWedged.Process)
            || configuration.Gateway.OnWedged == OnWedged.Process || configuration.Handlers.Any(static handler => handler.IsIsolated))
            DebuggerAccess.Close(source.Environment);

        var options = configuration.Gateway;
        using var instance = InstanceLock.TryAcquire(options.DataDirectory)
            ?? (run.Replace ? Takeover.From(options.DataDirectory, clock, log) : null);
        if (instance is null)
        {
            log.HeldByAnother(options.DataDirectory, HolderOf(options.DataDirectory));
            return ExitCodes.Failed;
        }

        if (OpenFilesLimit.Fault(OpenFilesLimit.Units(configuration)) is { } few) log.FewOpenFiles(few);
        FileOf(configuration, clock, http: null).Write(options.DataDirectory);
        var manager = ServiceManager.OfProcess(clock);
        log.Starting(Version, Environment.ProcessId, configuration.Source, options.DataDirectory);
        // From here on a signal is an orderly stop, as soon as there is something to stop; a disk that hangs meanwhile cannot keep the process.
        using var processControl = new ProcessControl(options);
        MessageStore store;
        try
        {
            using var opening = new StoreOpening(manager);
            store = MessageStore.Open(StoreFile.Options(options.DataDirectory, options.Store) with { Lock = instance.Check }, clock,
                provider.CreateLogger("PluginGateway.Store"));
        }
        catch (StoreException problem)
        {
            log.StoreRefused(problem.Code, problem.Message);
            PidFile.RemoveIfOurs(options.DataDirectory);
            // Faults that can pass by themselves are worth another start; a database that is damaged, newer or of another program is not.
            return problem.Code is StoreCode.Corrupt or StoreCode.Newer or StoreCode.Foreign ? ExitCodes.Configuration : ExitCodes.Failed;
        }

        return Run(run, source, configuration, store, manager, processControl, clock, provider);
    }

    /// <summary>Tells the service manager repeatedly that the store is being opened: the migration of a large store takes longer than the limit for a
    /// start.</summary>
    private sealed class StoreOpening : IDisposable
    {
        private readonly ManualResetEvent _ended = new(false);

        public StoreOpening(ServiceManager manager) => LoopThread.Start("store opening", () =>
        {
            do manager.Starting("opening the store");
            while (!_ended.WaitOne(TimeSpan.FromSeconds(1)));
        });

        public void Dispose() => _ended.Set();
    }

    /// <summary>Describes the holder of the lock. A gateway that has just started may not have written its pid file yet; the file of a dead one is
    /// ignored.</summary>
    private static string HolderOf(string dataDirectory)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < HolderTime; Thread.Sleep(10))
        {
            if (PidFile.Read(dataDirectory) is { Process: { IsRunning: true } holder }) return $"process {holder.Pid}";
        }

        return LockHolders.Of(DataDirectory.Lock(dataDirectory)) ?? "another process";
    }

    private static PidFile FileOf(GatewayConfiguration configuration, TimeProvider clock, string? http) => PidFile.Of(
        ProcessIdentity.Current, clock.GetUtcNow(), Version, http) with
    {
        StopSeconds = (configuration.Gateway.ShutdownBudget + configuration.Gateway.LastResortGrace).TotalSeconds,
        Configuration = configuration.Source == GatewayConfiguration.BuiltInSource ? null : Path.GetFullPath(configuration.Source),
    };

    private static int Run(
        RunOptions run, ConfigurationRequest source, GatewayConfiguration configuration, MessageStore store, ServiceManager manager,
        ProcessControl processControl, TimeProvider clock,
        LineLoggerProvider provider)
    {
        var (options, log, writer) = (configuration.Gateway, LogOf(provider), provider.Writer);
        var descriptors = new DescriptorWatch();
        var starts = new CrashLoopDetector(options.DataDirectory, clock, log);
        var info = new GatewayInfo(Version, Rules.SocketPath(options.Http) is null ? options.Http.ToString() : options.Http.OriginalString,
            ShutdownReport.Read(options.DataDirectory))
        { SafeMode = starts.SafeMode(run.Safe) };
        var overrides = AdapterOverrides.Read(options.DataDirectory, out var problem);
        if (problem is not null) log.WordsNotRead(problem);
        var app = HostComposition.Build(configuration, source, overrides, store, info, processControl.Requests, manager, provider);
        if (!TryListen(app, options, log))
        {
            PidFile.RemoveIfOurs(options.DataDirectory);
            return ExitCodes.Failed;
        }

        FileOf(configuration, clock, info.Http).Write(options.DataDirectory);
        LogReach(configuration, log);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndedByPlugin(app.Services.GetRequiredService<PluginLoader>(), starts, writer, log);
        starts.Begin(app.Services.GetRequiredService<AdapterControl>());
        if (info.SafeMode is { } safe) log.SafeMode(safe);

        NativeLinks.Seal();
        UnhandledExceptions.WarmUp();
        var zombieReaper = Environment.ProcessId == 1 ? new ZombieReaper(clock) : null;
        using var control = new ControlServer(options.DataDirectory, app.Services.GetServices<IControlVerb>(), Tick, log,
            app.Services.GetRequiredService<ControlPeer>().MayConnect, starts: false);
        descriptors.Begin(writer.Number);
        var gateway = app.Services.GetRequiredService<Gateway>();
        UnhandledExceptions.Handler = app.Services.GetRequiredService<UnhandledExceptionHandler>();
        Warmup.Begin(app.Services.GetServices<IControlVerb>());
        gateway.Start();
        control.Start();
        app.Services.GetRequiredService<ControlLoops>().Watch(control.Heartbeat);
        var code = gateway.RunUntilStopped();
        // Each step is guarded by itself: a missing folder, or limits lowered by a plugin, must not prevent the others.
        foreach (var step in new Action[]
        {
            () => starts.Stopped(code),
            () =>
            {
                if (Rules.SocketPath(options.Http) is { } socket) File.Delete(socket);
            },
            () => PidFile.RemoveIfOurs(options.DataDirectory),
            () => File.Delete(DataDirectory.ControlSocket(options.DataDirectory)),
            () => File.Delete(DataDirectory.ControlKey(options.DataDirectory)),
            () => WorkerCgroup.RemoveAll(WorkersTime),
            () => writer.Flush(FlushTime),
        })
        {
            Quietly(step);
        }

        ProcessExit.Now(code);
        return code;

        void Tick()
        {
            if (processControl.Signals.Renew() is > 0 and var count) log.SignalsTakenBack(count);
            zombieReaper?.Reap();
            // A descriptor number that may now belong to another file must not be written to: the process ends, and its successor opens its own.
            if (descriptors.FindChange() is not { } change) return;
            if (processControl.Requests.Stops.Ask(change, ExitCodes.Aborted)) log.CannotGoOn(change, ExitCodes.Aborted);
        }
    }

    /// <summary>Logs a warning where the HTTP interface requires no token, or a weak one.</summary>
    private static void LogReach(GatewayConfiguration configuration, ILogger log)
    {
        var options = configuration.Gateway;
        string[] tokens = [.. new[] { options.HttpToken }.OfType<string>(), .. options.HttpTokens.Select(static scoped => scoped.Token)];
        if (tokens.Length > 0)
        {
            if (!tokens.All(TokenStrength.IsEnough)) log.TokenIsWeak(TokenStrength.EnoughBits);
            return;
        }

        string[] isolated =
        [
            .. configuration.Adapters.Where(static adapter => adapter is { Enabled: true, Isolation: IsolationMode.Process })
                .Select(static adapter => adapter.Id),
            .. configuration.Handlers.Where(static handler => handler.IsIsolated).Select(static handler => handler.Path),
        ];
        if (isolated.Length == 0) log.InterfaceIsOpen(options.Http.ToString());
        else log.InterfaceIsOpenToWorkers(options.Http.ToString(), string.Join("', '", isolated));
    }

    /// <summary>Runs one step of the clean-up; a failure does not prevent the next step.</summary>
    private static void Quietly(Action step)
    {
        try
        {
            step();
        }
        catch (Exception)
        {
            // The next start repairs this: the lock decides, not the files.
        }
    }

    /// <summary>Starts the listener. The only wait on a task in the host: no plugin is loaded yet, so no other code uses the pool.</summary>
    private static bool TryListen(WebApplication app, GatewayOptions options, ILogger log)
    {
        try
        {
            app.StartAsync().GetAwaiter().GetResult();
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            log.CannotListen(options.Http.ToString(), problem.Message.TrimEnd('.'));
            return false;
        }
    }

    /// <summary>Ends the process after <c>Environment.Exit</c> in a plugin, before any handler that a plugin registered. The gateway's own end does
    /// not come here. Runs on the finalizer thread, whichever thread called: the plugin is named if only one has code that can have done
    /// it.</summary>
    private static void EndedByPlugin(PluginLoader loader, CrashLoopDetector starts, LogWriter writer, ILogger log)
    {
        // A disk that hangs must not keep a process alive that has partly shut down.
        KernelAlarm.Arm(ExitTime);
        string[] suspects = [.. loader.ProcessEnders];
        if (suspects is [var culprit]) starts.EndedBy(culprit);
        log.ExitedByPlugin(suspects.Length switch { 0 => "a plugin", 1 => $"'{suspects[0]}'", _ => $"one of '{string.Join("', '", suspects)}'" });
        writer.Flush(FlushTime);
        ProcessExit.Now(ExitCodes.Aborted);
    }
}
