using System.Runtime.CompilerServices;
using System.Runtime.Loader;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Symbols;

public class UserCodeTests
{
    private static readonly string s_tests = typeof(UserCodeTests).Assembly.GetName().Name!;

    [Fact]
    public void Knows_yours_from_others_asked_once_or_twice()
    {
        var code = new UserCode([s_tests], null, null);

        for (var i = 0; i < 2; i++)
        {
            Assert.True(code.Contains(typeof(UserCodeTests).Assembly));
            Assert.False(code.Contains(typeof(object).Assembly));
        }
    }

    [Fact]
    public void An_assembly_it_was_asked_about_can_be_unloaded()
    {
        var code = new UserCode([s_tests], null, null);
        var assembly = Ask(code);

        for (var i = 0; i < 20 && assembly.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(assembly.IsAlive);
        Assert.False(code.Contains(typeof(object).Assembly));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Ask(UserCode code)
    {
        var context = new AssemblyLoadContext("collectible", isCollectible: true);
        var assembly = context.LoadFromAssemblyPath(typeof(PitfallRule).Assembly.Location);
        Assert.False(code.Contains(assembly));
        context.Unload();
        return new WeakReference(assembly);
    }
}
