using System.Reflection;
using System.Reflection.Emit;

namespace PluginGateway.Tests.Architecture;

/// <summary>Reads the host's compiled code: which method calls which, and which types it names.</summary>
internal static class HostCode
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value);

    public static Assembly Assembly { get; } = typeof(PluginGateway.Guard.GuardedAdapter).Assembly;

    public static Type[] Types() => Assembly.GetTypes();

    /// <summary>The namespace of a type, nested and generated ones included, without that of the product; "" at the top.</summary>
    public static string NamespaceOf(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        const string product = nameof(PluginGateway) + ".";
        return type.Namespace is { } name && name.StartsWith(product, StringComparison.Ordinal) ? name[product.Length..] : "";
    }

    /// <summary>The top folder of a type; "" at the top.</summary>
    public static string FolderOf(Type type) => NamespaceOf(type).Split('.')[0];

    public static IEnumerable<(MethodBase Caller, MethodBase Called)> Calls()
    {
        foreach (var type in Types())
        {
            foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            {
                foreach (var called in MembersIn(method).OfType<MethodBase>()) yield return (method, called);
            }
        }
    }

    /// <summary>Methods, fields and types that a method's code names.</summary>
    public static IEnumerable<MemberInfo> MembersIn(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code) yield break;
        for (var at = 0; at < code.Length;)
        {
            var op = code[at] == 0xFE ? OpCodesByValue[(short)(0xFE00 | code[at + 1])] : OpCodesByValue[code[at]];
            at += op.Size;
            if (op.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok
                && Resolve(method, BitConverter.ToInt32(code, at)) is { } named) yield return named;
            at += SizeOf(op.OperandType, code, at);
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        try
        {
            var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
            return method.Module.ResolveMember(token, typeArguments, method.IsGenericMethod ? method.GetGenericArguments() : null);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static int SizeOf(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
        _ => 4,
    };
}
