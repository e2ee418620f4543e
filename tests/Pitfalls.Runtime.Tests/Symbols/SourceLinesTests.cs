using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Symbols;

/// <summary>Lines from this assembly's own PDB. An embedded one is read from the release app in the integration tests.</summary>
public class SourceLinesTests
{
    private readonly SourceLines _lines = new();

    [Theory]
    [InlineData(nameof(Plain), 1)]
    [InlineData(nameof(Async), 2)]
    [InlineData(nameof(Iterator), 2)]
    [InlineData(nameof(AsyncIterator), 2)]
    [InlineData(nameof(Generic), 2)]
    public void A_method_starts_where_its_author_wrote_it(string method, int after)
    {
        var line = _lines.Of(Method(method));

        Assert.Equal("SourceLinesTests.cs", line!.Value.FileName);
        // The attribute stands on the line before each method and says which one that is.
        Assert.Equal(Method(method).GetCustomAttribute<WrittenAttribute>()!.Line + after, line.Value.Line);
    }

    [Fact]
    public void A_statement_is_found_by_the_offset_of_its_call()
    {
        var calls = ILCalls.Of(Method(nameof(TwoStatements)));

        var (first, second) = (_lines.At(Method(nameof(TwoStatements)), calls[0].Offset)!.Value.Line, _lines.At(Method(nameof(TwoStatements)), calls[1].Offset)!.Value.Line);

        Assert.Equal(first + 1, second);
    }

    [Fact]
    public void Without_a_PDB_there_is_no_line()
    {
        Assert.Null(_lines.Of(typeof(Uri).GetMethod(nameof(Uri.IsHexDigit))!));
        var type = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Unwritten"), AssemblyBuilderAccess.Run).DefineDynamicModule("Unwritten").DefineType("T");
        type.DefineMethod("M", MethodAttributes.Public | MethodAttributes.Static, typeof(void), []).GetILGenerator().Emit(OpCodes.Ret);
        Assert.Null(_lines.Of(type.CreateType().GetMethod("M")!));
    }

    [Fact]
    public void A_path_of_another_system_has_a_file_name_too()
    {
        Assert.Equal("Orders.cs", new SourceLine(@"C:\src\Shop\Orders.cs", 1).FileName);
        Assert.Equal("Orders.cs", new SourceLine("/src/Shop/Orders.cs", 1).FileName);
        Assert.Equal("Orders.cs", new SourceLine("Orders.cs", 1).FileName);
    }

    private static MethodInfo Method(string name) => typeof(SourceLinesTests).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!;

    [Written]
    private static int Plain() => Environment.ProcessorCount;

    [Written]
    private static async Task Async()
    {
        await Task.Yield();
    }

    [Written]
    private static IEnumerable<int> Iterator()
    {
        yield return 1;
    }

    [Written]
    private static async IAsyncEnumerable<int> AsyncIterator()
    {
        await Task.Yield();
        yield return 1;
    }

    [Written]
    private static T? Generic<T>()
    {
        return default;
    }

    private static void TwoStatements()
    {
        GC.KeepAlive(1);
        GC.Collect(0);
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class WrittenAttribute([CallerLineNumber] int line = 0) : Attribute
    {
        public int Line { get; } = line;
    }
}
