using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace PluginGateway.Loading;

/// <summary>Owners of load contexts, so that a crash names its adapter. Keeps nothing in memory.</summary>
internal static class PluginContexts
{
    private const int MostCauses = 32;

    private static readonly ConditionalWeakTable<AssemblyLoadContext, Owner> Owners = [];

    /// <summary>Records the owner of a context, and the name of the plugin's own assembly in it.</summary>
    public static void Add(AssemblyLoadContext context, string contextName, string assemblyName) =>
        Owners.AddOrUpdate(context, new Owner(contextName, assemblyName));

    /// <summary>Returns the owner of an assembly, or null for the host's and the framework's.</summary>
    public static string? NameOf(Assembly assembly) => OwnerOf(assembly)?.Name;

    /// <summary>Returns true for a plugin's own assembly, false for the libraries that it brings along and for all others.</summary>
    public static bool IsMain(Assembly assembly) => OwnerOf(assembly) is { } owner && owner.AssemblyName == assembly.GetName().Name;

    /// <summary>Returns the owner of the code that threw: the innermost plugin on the stack of an exception or of its causes.</summary>
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

    /// <summary>Returns the owner of the running code: the innermost plugin on a stack.</summary>
    public static string? NameOf(StackTrace stack)
    {
        foreach (var frame in stack.GetFrames())
        {
            if (frame.GetMethod()?.Module.Assembly is { } assembly && NameOf(assembly) is { } name) return name;
        }

        return null;
    }

    private static Owner? OwnerOf(Assembly assembly) =>
        AssemblyLoadContext.GetLoadContext(assembly) is { } context ? Owners.TryGetValue(context, out var owner) ? owner : null : null;

    private sealed record Owner(string Name, string AssemblyName);
}
