using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace PluginGateway.Loading;

/// <summary>Knows whose code a load context holds, so that a crash names its adapter. Keeps nothing in memory.</summary>
internal static class PluginContexts
{
    private const int MostCauses = 32;

    private static readonly ConditionalWeakTable<AssemblyLoadContext, string> Names = [];

    /// <summary>Remembers whose context it is.</summary>
    public static void Add(AssemblyLoadContext context, string contextName) => Names.AddOrUpdate(context, contextName);

    /// <summary>Whose code an assembly is, or null for the host's and the framework's.</summary>
    public static string? NameOf(Assembly assembly) =>
        AssemblyLoadContext.GetLoadContext(assembly) is { } context && Names.TryGetValue(context, out var name) ? name : null;

    /// <summary>Whose code threw: the innermost plugin on the stack of an exception or of its causes.</summary>
    public static string? NameOf(Exception? exception)
    {
        // Bounded: causes can be nested thousands deep, or in a circle.
        for (var depth = 0; exception is not null && depth < MostCauses; depth++, exception = exception.InnerException)
        {
            if (NameOf(exception.GetType().Assembly) is { } own) return own;
            if (NameOf(new StackTrace(exception)) is { } name) return name;
        }

        return null;
    }

    /// <summary>Whose code is running: the innermost plugin on a stack.</summary>
    public static string? NameOf(StackTrace stack)
    {
        foreach (var frame in stack.GetFrames())
        {
            if (frame.GetMethod()?.Module.Assembly is { } assembly && NameOf(assembly) is { } name) return name;
        }

        return null;
    }
}
