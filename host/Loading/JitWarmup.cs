using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace PluginGateway.Loading;

/// <summary>Compiles a plugin's methods before its first call, so that what is missing is a load error and not a failed send.</summary>
internal static class JitWarmup
{
    // A generated client library can have tens of thousands of methods; the load has a deadline.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);

    private const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Runs the module initializer.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Initialize(Type first) => RuntimeHelpers.RunModuleConstructor(first.Module.ModuleHandle);

    /// <summary>Compiles the methods of <paramref name="first"/> and of its assembly. Returns how many were compiled and whether that is
    /// all.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static (int Methods, bool Complete) Run(Type first)
    {
        var started = Stopwatch.GetTimestamp();
        var methods = 0;
        foreach (var type in first.Assembly.GetTypes().OrderByDescending(type => IsPartOf(type, first)))
        {
            if (type.ContainsGenericParameters) continue;
            foreach (var method in type.GetMethods(Own).Cast<MethodBase>().Concat(type.GetConstructors(Own)))
            {
                if (!HasBody(method)) continue;
                if (Stopwatch.GetElapsedTime(started) > Enough) return (methods, false);
                RuntimeHelpers.PrepareMethod(method.MethodHandle);
                methods++;
            }
        }

        return (methods, true);
    }

    private static bool IsPartOf(Type type, Type whole)
    {
        for (var outer = type; outer is not null; outer = outer.DeclaringType)
        {
            if (outer == whole) return true;
        }

        return false;
    }

    // A native import would load its library and run that library's initializers.
    private static bool HasBody(MethodBase method) =>
        !method.IsAbstract && !method.ContainsGenericParameters && !method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)
        && (method.MethodImplementationFlags & (MethodImplAttributes.Runtime | MethodImplAttributes.InternalCall)) == 0;
}
