using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Store;

namespace PluginGateway.Tests.Architecture;

/// <summary>What takes more than a reader can keep in mind has two jobs, or its parameters have a name that nobody has given them yet.</summary>
public sealed class ParameterTests
{
    private const int Most = 8;

    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void No_constructor_and_no_method_takes_more_than_eight_parameters()
    {
        var tooLong = HostCode.Types()
            .Where(static type => !IsGenerated(type))
            .SelectMany(static type => type.GetConstructors(Everything).Cast<MethodBase>().Concat(type.GetMethods(Everything)))
            .Where(static method => method.GetParameters().Length > Most && !method.IsDefined(typeof(CompilerGeneratedAttribute))
                && !IsPlainData(method))
            .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct().Order(StringComparer.Ordinal).ToArray();
        if (tooLong.Length > 0) Assert.Fail($"More than {Most} parameters: {string.Join(", ", tooLong)}");
    }

    /// <summary>One row of a table or one object of JSON has as many members as it has. A record that holds a service, a callback or a clock is no
    /// data.</summary>
    [Fact]
    public void Records_of_data_are_told_from_records_of_services()
    {
        Assert.All(LongestOf(typeof(OutboxRow)), static constructor => Assert.True(IsPlainData(constructor)));
        Assert.All(LongestOf(typeof(DeliveryReport)), static constructor => Assert.True(IsPlainData(constructor)));
        Assert.All(LongestOf(typeof(TurnServices)), static constructor => Assert.False(IsPlainData(constructor)));
        Assert.All(LongestOf(typeof(AdapterPort)), static constructor => Assert.False(IsPlainData(constructor)));

        static IEnumerable<ConstructorInfo> LongestOf(Type type) =>
            type.GetConstructors(Everything).Where(static one => one.GetParameters().Length > 1);
    }

    /// <summary>The constructor of a record that takes data and nothing else.</summary>
    private static bool IsPlainData(MethodBase method) =>
        method is ConstructorInfo && IsRecord(method.DeclaringType!) && method.GetParameters().All(static one => IsData(one.ParameterType));

    private static bool IsData(Type type)
    {
        if (type.IsArray) return IsData(type.GetElementType()!);
        if (type.IsGenericParameter || typeof(Delegate).IsAssignableFrom(type)) return false;
        if (type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type)) return type.GetGenericArguments().All(IsData);
        return type.IsValueType || type == typeof(string) || type == typeof(Version) || type == typeof(Uri) || IsRecord(type);
    }

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$", Everything) is not null
        || (type.IsValueType && type.GetMethod("PrintMembers", Everything) is not null);

    private static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute))
        || type.Name.Contains('<', StringComparison.Ordinal) || (type.DeclaringType is { } outer && IsGenerated(outer));
}
