using System.Reflection;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Symbols;

/// <summary>Frames as their author wrote them. The compiler's own names are taken from code compiled here, not from memory.</summary>
public class MethodNamesTests
{
    private const string Here = "Pitfalls.Runtime.Tests.Symbols.MethodNamesTests.";

    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Theory]
    [InlineData("Plain", "Shapes.Plain")]
    [InlineData("<AsyncMethod>d", "Shapes.AsyncMethod")]
    [InlineData("<Iterator>d", "Shapes.Iterator")]
    [InlineData("<AsyncIterator>d", "Shapes.AsyncIterator")]
    [InlineData("g__Local|", "Shapes.WithLocal+Local")]
    [InlineData("<<WithAsyncLocal>g__LocalAsync|", "Shapes.WithAsyncLocal+LocalAsync")]
    [InlineData("<WithLambda>b__", "Shapes.WithLambda+lambda")]
    [InlineData("<<WithAsyncLambda>b__", "Shapes.WithAsyncLambda+lambda")]
    [InlineData("<WithClosure>b__", "Shapes.WithClosure+lambda")]
    [InlineData(".ctor", "Shapes.Shapes")]
    [InlineData("get_Property", "Shapes.Property")]
    [InlineData("GetEnumerator", "Shapes.GetEnumerator")]
    [InlineData("op_Addition", "Shapes.operator Addition")]
    [InlineData("<System-IAsyncDisposable-DisposeAsync>d", "Shapes.DisposeAsync")]
    [InlineData("<.cctor>b__", "Shapes.Shapes+lambda")]
    [InlineData("<<-cctor>b__", "Shapes.Shapes+lambda")]
    [InlineData("<WithIteratorLocal>g__Count|", "Shapes.WithIteratorLocal+Count")]
    [InlineData("<GenericAsync>d", "Shapes.GenericAsync")]
    [InlineData("Generic", "Shapes.Generic<TKey>")]
    public void Names_what_the_compiler_made_after_what_was_written(string compiled, string written) =>
        Assert.Equal(Here + written, MethodNames.Readable(Find(typeof(Shapes), compiled)));

    [Fact]
    public void Names_generic_types_and_records()
    {
        Assert.Equal(Here + "Box<T>.Open", MethodNames.Readable(typeof(Box<int>).GetMethod("Open")!));
        Assert.Equal(Here + "Box<T>.Lid<TLock>.Close", MethodNames.Readable(typeof(Box<int>.Lid<string>).GetMethod("Close")!));
        Assert.Equal(Here + "Point.ToString", MethodNames.Readable(typeof(Point).GetMethod("ToString")!));
        Assert.Equal(Here + "Point.Point", MethodNames.Readable(typeof(Point).GetConstructors()[0]));
    }

    [Fact]
    public void Names_top_level_statements_Program()
    {
        var main = Assembly.Load("Pitfalls.Runtime.Tests").EntryPoint!;
        // A test project's own entry point is generated, not written: the form of the name is what counts.
        Assert.NotNull(main);
        Assert.Equal("Program", MethodNames.Readable(new NamedMethod("<Main>$", typeof(Program))));
        Assert.Equal("Program+lambda", MethodNames.Readable(new NamedMethod("<<Main>$>b__0_0", typeof(Program))));
        Assert.Equal("Program+Total", MethodNames.Readable(new NamedMethod("<<Main>$>g__Total|0_1", typeof(Program))));
    }

    [Fact]
    public void Two_lambdas_of_one_method_have_two_identities_and_one_name()
    {
        var lambdas = Compiled(typeof(Shapes)).Where(m => m.Name.Contains("<TwoLambdas>b__", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, lambdas.Count);
        Assert.Single(lambdas.Select(MethodNames.Readable).Distinct());
        Assert.Equal([Here + "Shapes.TwoLambdas+lambda#1", Here + "Shapes.TwoLambdas+lambda#2"], lambdas.Select(MethodNames.Identity).Order(StringComparer.Ordinal));
    }

    private static MethodBase Find(Type type, string part) =>
        Compiled(type).First(m => m.Name == part || (m.Name != "MoveNext" && m.Name.Contains(part, StringComparison.Ordinal) && part.Contains('_', StringComparison.Ordinal) && !part.StartsWith("<<", StringComparison.Ordinal))
            || (m.Name == "MoveNext" && m.DeclaringType!.Name.StartsWith(part, StringComparison.Ordinal))
            || (part == "GetEnumerator" && m.Name.EndsWith(".GetEnumerator", StringComparison.Ordinal)));

    private static IEnumerable<MethodBase> Compiled(Type type) =>
        type.GetMethods(Any).Cast<MethodBase>().Concat(type.GetConstructors(Any)).Concat(type.GetNestedTypes(Any).SelectMany(Compiled));

    private sealed class Program;

    /// <summary>A name that only a program's compiler gives, on a type at hand.</summary>
    private sealed class NamedMethod(string name, Type sample) : MethodInfo
    {
        public override string Name => name;

        public override Type DeclaringType { get; } = new NamedType("Program", sample);

        public override MethodAttributes Attributes => MethodAttributes.Static;

        public override RuntimeMethodHandle MethodHandle => throw new NotSupportedException();

        public override Type ReflectedType => DeclaringType;

        public override ICustomAttributeProvider ReturnTypeCustomAttributes => throw new NotSupportedException();

        public override MethodInfo GetBaseDefinition() => this;

        public override object[] GetCustomAttributes(bool inherit) => [];

        public override object[] GetCustomAttributes(Type attributeType, bool inherit) => [];

        public override MethodImplAttributes GetMethodImplementationFlags() => MethodImplAttributes.IL;

        public override ParameterInfo[] GetParameters() => [];

        public override object? Invoke(object? obj, BindingFlags invokeAttr, Binder? binder, object?[]? parameters, System.Globalization.CultureInfo? culture) => throw new NotSupportedException();

        public override bool IsDefined(Type attributeType, bool inherit) => false;
    }

    private sealed class NamedType(string name, Type sample) : TypeDelegator(sample)
    {
        public override string Name => name;

        public override string? Namespace => null;

        public override Type? DeclaringType => null;
    }

#pragma warning disable CA1822, CA2225, IDE0051, CS1998, CA1852 // shapes of code, for their names only
    private sealed class Shapes : IEnumerable<int>, IAsyncDisposable
    {
        private static readonly Func<int> s_made = () => 1;
        private static readonly Func<Task> s_madeAsync = async () => await Task.Yield();

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            await Task.Yield();
            GC.KeepAlive((s_made, s_madeAsync));
        }

        public IEnumerable<int> WithIteratorLocal()
        {
            return Count();

            static IEnumerable<int> Count()
            {
                yield return Environment.ProcessorCount;
            }
        }

        public async Task<TKey?> GenericAsync<TKey>()
        {
            await Task.Yield();
            return default;
        }

        public int Property => 1;

        public static Shapes operator +(Shapes left, Shapes right) => left;

        public void Plain()
        {
        }

        public async Task AsyncMethod() => await Task.Yield();

        public IEnumerable<int> Iterator()
        {
            yield return 1;
        }

        public async IAsyncEnumerable<int> AsyncIterator()
        {
            await Task.Yield();
            yield return 1;
        }

        public int WithLocal()
        {
            return Local();

            static int Local() => Environment.ProcessorCount;
        }

        public Task WithAsyncLocal()
        {
            return LocalAsync();

            static async Task LocalAsync() => await Task.Yield();
        }

        public Func<int> WithLambda() => () => 1;

        public Func<Task> WithAsyncLambda() => async () => await Task.Yield();

        public Func<int> WithClosure(int number) => () => number;

        public (Func<int>, Func<int>) TwoLambdas() => (() => 1, () => 2);

        public TKey? Generic<TKey>() => default;

        IEnumerator<int> IEnumerable<int>.GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => throw new NotSupportedException();
    }

    private sealed class Box<T>
    {
        public T? Open() => default;

        public sealed class Lid<TLock>
        {
            public TLock? Close() => default;
        }
    }

    private sealed record Point(int X, int Y);
#pragma warning restore CA1822, CA2225, IDE0051, CS1998, CA1852
}
