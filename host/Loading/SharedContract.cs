using System.Reflection;
using System.Runtime.Loader;
using PluginGateway.Loading.Inspection;

namespace PluginGateway.Loading;

/// <summary>Makes one copy of the abstractions serve every plugin. Without it a plugin that refers to a higher AssemblyVersion gets a copy of its
/// own, whose types differ from the host's.</summary>
internal static class SharedContract
{
    private static int _installed;

    /// <summary>Installs the resolver, once a process.</summary>
    public static void Install()
    {
        if (Interlocked.Exchange(ref _installed, 1) == 0) AssemblyLoadContext.Default.Resolving += Resolve;
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) => name.Name == HostContract.Name ? HostContract.Assembly : null;
}
