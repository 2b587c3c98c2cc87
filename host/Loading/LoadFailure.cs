using System.Reflection;
using PluginGateway.Loading.Inspection;

namespace PluginGateway.Loading;

/// <summary>Describes in one code and one sentence the failure to load, run or create a plugin's code.</summary>
internal static class LoadFailure
{
    /// <summary>Describes an exception of the load or of the check of references.</summary>
    public static PluginLoadException OfLoading(string plugin, Exception exception)
    {
        var cause = exception is ReflectionTypeLoadException types
            ? types.LoaderExceptions.FirstOrDefault(static item => item is not null) ?? exception
            : exception;
        return cause as PluginLoadException ?? Describe(plugin, cause);
    }

    private static PluginLoadException Describe(string plugin, Exception cause)
    {
        var (code, sentence) = cause switch
        {
            TypeInitializationException { TypeName: "<Module>" } => (LoadCode.ModuleInitializerFailed,
                $"Plugin '{plugin}': its module initializer threw {ExceptionText.Of(Innermost(cause))}; the author must correct it."),
            FileNotFoundException or FileLoadException => (LoadCode.DependencyMissing,
                $"Plugin '{plugin}' needs a library that cannot be loaded ({ExceptionText.Of(cause)}); copy the plugin's whole build output."),
            BadImageFormatException => (LoadCode.NotAnAssembly,
                $"Plugin '{plugin}' or a library of it is no usable assembly ({ExceptionText.Of(cause)}); copy the plugin again from its build output."),
            TypeLoadException or MissingMemberException when ExceptionText.Of(cause).Contains(HostContract.Name, StringComparison.Ordinal) =>
                (LoadCode.ContractNewer,
                    $"Plugin '{plugin}' does not fit this gateway's contract ({ExceptionText.Of(cause)}); get a build for {HostContract.Name} {HostContract.Version}."),
            _ => (LoadCode.TypeLoadFailed,
                $"Plugin '{plugin}' cannot be loaded ({ExceptionText.Of(cause)}); its libraries may not fit together: build it again."),
        };
        return new(code, sentence) { Detail = FaultText.Of(cause) };
    }

    /// <summary>Describes an exception of a constructor.</summary>
    public static PluginLoadException OfCreation(LoadedPlugin plugin, Exception exception)
    {
        var cause = exception is TargetInvocationException { InnerException: { } inner } ? inner : exception;
        if (cause is PluginException said)
            return new(LoadCode.ConstructorFailed, $"'{plugin.ContextName}': {said.Fault.Message}", said.Fault) { Detail = FaultText.Of(said) };
        var detail = FaultText.Of(cause);
        if (cause is TypeInitializationException) cause = Innermost(cause);
        return new(LoadCode.ConstructorFailed,
            $"'{plugin.ContextName}': the constructor of {plugin.Manifest.AssemblyName} threw {ExceptionText.Of(cause)}; correct its settings or ask its author.")
        {
            Detail = detail
        };
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception is TypeInitializationException or TargetInvocationException && exception.InnerException is { } inner) exception = inner;
        return exception;
    }
}
