using System.Diagnostics;
using PluginGateway.Loading;
using PluginGateway.Threads;

namespace PluginGateway.Hosting;

/// <summary>Hook of the process for unhandled exceptions.</summary>
internal static class UnhandledExceptions
{
    private static volatile UnhandledExceptionHandler? _handler;

    /// <summary>The handler of the running gateway: from then on exceptions are contained.</summary>
    public static UnhandledExceptionHandler Handler
    {
        set => _handler = value;
    }

    /// <summary>Returns true when the process goes on. A plugin's fault is reported to the supervisor; one without a frame of a plugin, the gateway
    /// or the web server may be a plugin's and is contained too. A fault of the gateway's own ends the process at once; one of the web server, or a
    /// thread that could not be started, ends it in order.</summary>
    public static bool IsContained(object thrown)
    {
        if (_handler is not { } handler || thrown is not Exception exception) return false;
        var (owner, isOurs, isOfTheServer) = Look(exception);
        if (isOurs) return false;
        var fault = exception.GetType().FullName ?? "an exception";
        // A thread of the runtime or the web server has ended, which is more than this process can do without for long.
        if (owner is null && (exception is OutOfMemoryException or ThreadStartException || isOfTheServer)) handler.OnUnowned(fault);
        else handler.OnUnhandled(owner ?? "an unknown plugin", fault, FaultText.WithoutMessages(exception));
        return true;
    }

    /// <summary>Loads and compiles the code that <see cref="IsContained"/> needs: later a plugin may have left no descriptors to load it.</summary>
    public static void WarmUp()
    {
        try
        {
            throw new InvalidOperationException();
        }
        catch (InvalidOperationException sample)
        {
            _ = Look(sample);
            _ = FaultText.WithoutMessages(sample);
        }
    }

    /// <summary>Returns the plugin, or the gateway or web server, whose code is on the stack. The failed thread may have been interrupted, and
    /// reading the stack takes locks of the runtime.</summary>
    private static (string? Owner, bool IsOurs, bool IsOfTheServer) Look(Exception exception) => UninterruptibleLock.Uninterrupted(() =>
        PluginContexts.NameOf(exception) is { } name ? (name, false, false) : ((string?)null, IsOurs(exception), IsOfTheServer(exception)));

    private static bool IsOfTheServer(Exception exception) =>
        new StackTrace(exception).GetFrames()
            .Any(static frame => frame.GetMethod()?.DeclaringType?.Namespace?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) == true);

    private static bool IsOurs(Exception exception) =>
        new StackTrace(exception).GetFrames().Any(static frame => frame.GetMethod()?.Module.Assembly == typeof(UnhandledExceptions).Assembly);
}
