using System.Reflection;
using System.Reflection.Emit;

namespace PluginGateway.Tests.Architecture;

/// <summary>Reads the host's compiled code: which method calls which.</summary>
internal static class HostCode
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value);

    public static Assembly Assembly { get; } = typeof(PluginGateway.Guard.Lanes.Lane).Assembly;

    /// <summary>The folder of a type, nested and generated ones included: the last part of its namespace, or "" at the top.</summary>
    public static string FolderOf(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        var parts = (type.Namespace ?? "").Split('.');
        return parts is ["PluginGateway", var folder, ..] ? folder : "";
    }

    public static IEnumerable<(MethodBase Caller, MethodBase Called)> Calls()
    {
        foreach (var type in Assembly.GetTypes())
        {
            foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            {
                foreach (var called in CallsOf(method)) yield return (method, called);
            }
        }
    }

    private static IEnumerable<MethodBase> CallsOf(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code) yield break;
        for (var at = 0; at < code.Length;)
        {
            var op = code[at] == 0xFE ? OpCodesByValue[(short)(0xFE00 | code[at + 1])] : OpCodesByValue[code[at]];
            at += op.Size;
            if (op.OperandType is OperandType.InlineMethod or OperandType.InlineTok && Resolve(method, BitConverter.ToInt32(code, at)) is { } called) yield return called;
            at += SizeOf(op.OperandType, code, at);
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        try
        {
            var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
            return method.Module.ResolveMember(token, typeArguments, method.IsGenericMethod ? method.GetGenericArguments() : null) as MethodBase;
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
