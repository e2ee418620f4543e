using System.Reflection;
using System.Reflection.Emit;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Symbols;

/// <summary>The package itself is not needed for these: an assembly of its name, made here, stands in for it.</summary>
public class FrameSignaturesTests
{
    private static readonly MethodInfo s_method = typeof(FrameSignaturesTests).GetMethod(nameof(Signs_a_method_as_the_package_does))!;

    [Fact]
    public void Signs_a_method_as_the_package_does()
    {
        var signatures = Of(StandIn("Ben.Demystifier", il =>
        {
            il.Emit(OpCodes.Ldstr, "void Signs(");
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Callvirt, typeof(MemberInfo).GetProperty(nameof(MemberInfo.Name))!.GetMethod!);
            il.Emit(OpCodes.Call, typeof(string).GetMethod(nameof(string.Concat), [typeof(string), typeof(string)])!);
            il.Emit(OpCodes.Ret);
        }));

        Assert.Equal("void Signs(" + s_method.Name, signatures.Of(s_method));
    }

    [Fact]
    public void Without_the_package_there_is_none_and_nothing_is_loaded()
    {
        var resolved = new List<string?>();
        AppDomain.CurrentDomain.AssemblyResolve += Note;
        try
        {
            // The stand-ins of the other tests are in this process, too.
            Assert.Null(new FrameSignatures(() => AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsDynamic), FrameSignatures.IsInTheApp).Of(s_method));
            Assert.Null(Of(typeof(object).Assembly).Of(s_method));
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyResolve -= Note;
        }

        Assert.DoesNotContain(resolved, name => name?.StartsWith("Ben.", StringComparison.Ordinal) == true);

        Assembly? Note(object? sender, ResolveEventArgs e)
        {
            resolved.Add(e.Name);
            return null;
        }
    }

    [Fact]
    public void A_package_that_throws_or_says_nothing_or_too_much_costs_nothing()
    {
        Assert.Null(Of(StandIn("Ben.Demystifier", il => il.ThrowException(typeof(InvalidOperationException)))).Of(s_method));
        Assert.Null(Of(StandIn("Ben.Demystifier", il =>
        {
            il.Emit(OpCodes.Ldnull);
            il.Emit(OpCodes.Ret);
        })).Of(s_method));
        Assert.Null(Of(StandIn("Ben.Demystifier", il =>
        {
            il.Emit(OpCodes.Ldstr, new string('x', 10_000));
            il.Emit(OpCodes.Ret);
        })).Of(s_method));
    }

    [Fact]
    public void A_package_that_has_changed_is_left_alone()
    {
        Assert.Null(Of(StandIn("Ben.Demystifier", il => il.ThrowException(typeof(InvalidOperationException)), method: "AnotherName")).Of(s_method));
        Assert.Null(new FrameSignatures(() => [], _ => true).Of(s_method));
    }

    private static FrameSignatures Of(Assembly assembly) => new(() => [assembly], _ => false);

    private static Assembly StandIn(string name, Action<ILGenerator> body, string method = "GetMethodDisplayString")
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(name), AssemblyBuilderAccess.RunAndCollect);
        var type = assembly.DefineDynamicModule(name).DefineType("System.Diagnostics.EnhancedStackTrace", TypeAttributes.Public | TypeAttributes.Class);
        body(type.DefineMethod(method, MethodAttributes.Public | MethodAttributes.Static, typeof(object), [typeof(MethodBase)]).GetILGenerator());
        return type.CreateType().Assembly;
    }
}
