using System.Reflection;
using System.Runtime.InteropServices;
using PluginGateway.Posix;

namespace PluginGateway.Hosting;

/// <summary>Native calls are looked up when they are first made, and a plugin can have a say in that
/// (<see cref="NativeLibrary.SetDllImportResolver"/>). So those of the gateway are looked up at the start,
/// and the assemblies that it shares with plugins get a resolver that changes nothing: each can have only one.</summary>
internal static class NativeLinks
{
    private const BindingFlags Everything = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Types that make native calls while the gateway runs; a test compares.</summary>
    internal static readonly Type[] Callers =
    [
        typeof(Descriptor), typeof(FileOwner), typeof(FileSizeSignal), typeof(FolderSync), typeof(LibC), typeof(LibCFiles), typeof(LibCProcess),
        typeof(ListeningSockets),
        typeof(LockFile), typeof(NativeFile), typeof(NotifySocket), typeof(PathFacts), typeof(SignalHandlers), typeof(Spawn), typeof(Statx),
    ];

    /// <summary>Looks up every native call of the gateway.</summary>
    public static void Bind()
    {
        foreach (var method in Callers.SelectMany(MethodsOf)) Bind(method);
    }

    /// <summary>Takes the place of the resolver of everything loaded so far. Before the first plugin.</summary>
    public static void Seal()
    {
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies().Where(static assembly => !assembly.IsDynamic))
        {
            try
            {
                NativeLibrary.SetDllImportResolver(assembly, static (_, _, _) => 0);
            }
            catch (InvalidOperationException)
            {
                // The assembly has a resolver of its own.
            }
        }
    }

    /// <summary>Native methods of a type, those generated for a call included.</summary>
    internal static IEnumerable<MethodInfo> MethodsOf(Type type) =>
        type.GetMethods(Everything).Where(static method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl));

    private static void Bind(MethodInfo method)
    {
        try
        {
            Marshal.Prelink(method);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // The method does not exist on this system; its caller fails when it uses it.
        }
    }
}
