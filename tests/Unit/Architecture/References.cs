using System.Reflection;

namespace PluginGateway.Tests.Architecture;

/// <summary>Every reference from one type of the host to another, read from its metadata and code.</summary>
internal static class References
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<(Type User, Type Used, string How)> All()
    {
        foreach (var type in HostCode.Types())
        {
            foreach (var (used, how) in Of(type).SelectMany(static one => Parts(one.Used).Select(part => (part, one.How))))
            {
                if (used.Assembly == HostCode.Assembly) yield return (type, used, how);
            }
        }
    }

    private static IEnumerable<(Type Used, string How)> Of(Type type)
    {
        if (type.BaseType is { } above) yield return (above, "derives from");
        foreach (var contract in type.GetInterfaces()) yield return (contract, "implements");
        foreach (var attribute in AttributesOf(type)) yield return attribute;
        foreach (var constraint in type.GetGenericArguments().Where(static one => one.IsGenericParameter)
            .SelectMany(static one => one.GetGenericParameterConstraints()))
            yield return (constraint, "is constrained by");
        foreach (var field in type.GetFields(Everything))
        {
            yield return (field.FieldType, $"has the field {field.Name} of");
            foreach (var attribute in AttributesOf(field)) yield return attribute;
        }

        foreach (var property in type.GetProperties(Everything))
        {
            yield return (property.PropertyType, $"has the property {property.Name} of");
            foreach (var attribute in AttributesOf(property)) yield return attribute;
        }

        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            if (method is MethodInfo { ReturnType: var returned }) yield return (returned, $"returns from {method.Name}");
            foreach (var parameter in method.GetParameters()) yield return (parameter.ParameterType, $"takes in {method.Name}");
            foreach (var attribute in AttributesOf(method)) yield return attribute;
            if (method.GetMethodBody() is not { } body) continue;
            foreach (var local in body.LocalVariables) yield return (local.LocalType, $"has in {method.Name} a variable of");
            foreach (var clause in body.ExceptionHandlingClauses.Where(static one => one.Flags == ExceptionHandlingClauseOptions.Clause))
                if (clause.CatchType is { } caught) yield return (caught, $"catches in {method.Name}");
            foreach (var member in HostCode.MembersIn(method))
            {
                if ((member as Type ?? member.DeclaringType) is { } owner) yield return (owner, $"uses in {method.Name}");
                if (member is MethodInfo { IsGenericMethod: true } generic)
                    foreach (var argument in generic.GetGenericArguments()) yield return (argument, $"names in {method.Name}");
            }
        }
    }

    private static IEnumerable<(Type Used, string How)> AttributesOf(MemberInfo member)
    {
        foreach (var attribute in member.GetCustomAttributesData())
        {
            yield return (attribute.AttributeType, $"puts on {member.Name}");
            foreach (var value in attribute.ConstructorArguments.Select(static one => one.Value)
                .Concat(attribute.NamedArguments.Select(static one => one.TypedValue.Value)))
            {
                if (value is Type named) yield return (named, $"names on {member.Name}");
            }
        }
    }

    /// <summary>The type itself, its elements and its generic arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        while (type.HasElementType) type = type.GetElementType()!;
        if (type.IsGenericParameter) yield break;
        yield return type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        foreach (var part in type.GetGenericArguments().SelectMany(Parts)) yield return part;
    }
}
