using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Tests.Signals.State;

public class InitializedTypesTests
{
    private static readonly InitializedTypes s_types = InitializedTypes.TryCreate(out _)!;

    [Fact]
    public void Proves_itself_on_this_runtime()
    {
        Assert.NotNull(InitializedTypes.TryCreate(out var whyNot));
        Assert.Null(whyNot);
    }

    [Fact]
    public void Sees_a_type_turn_from_cold_to_warm()
    {
        Assert.False(s_types.IsInitialized(typeof(Cold)));
        Assert.False(s_types.IsInitialized(typeof(Cold)));

        RuntimeHelpers.RunClassConstructor(typeof(Cold).TypeHandle);

        Assert.True(s_types.IsInitialized(typeof(Cold)));
    }

    [Fact]
    public void Tells_the_closed_types_of_a_generic_one_apart()
    {
        RuntimeHelpers.RunClassConstructor(typeof(Generic<string>).TypeHandle);

        Assert.True(s_types.IsInitialized(typeof(Generic<string>)));
        Assert.False(s_types.IsInitialized(typeof(Generic<Version>)));
        Assert.False(s_types.IsInitialized(typeof(Generic<>)));
    }

    [Fact]
    public async Task Waits_for_a_constructor_that_still_runs()
    {
        var constructing = Task.Factory.StartNew(
            () => RuntimeHelpers.RunClassConstructor(typeof(Slow).TypeHandle), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Gate.Entered.Task;

        Assert.False(s_types.IsInitialized(typeof(Slow)));
        Gate.Leave.SetResult();
        await constructing;

        Assert.True(s_types.IsInitialized(typeof(Slow)));
    }

    [Fact]
    public void Takes_a_failed_constructor_for_not_run()
    {
        Assert.Throws<TypeInitializationException>(() => RuntimeHelpers.RunClassConstructor(typeof(Failing).TypeHandle));

        Assert.False(s_types.IsInitialized(typeof(Failing)));
    }

    /// <summary>
    /// The trap behind the trap: the type has no static constructor, but reading its field would run the initializers of its module,
    /// nothing of which has run yet.
    /// </summary>
    [Fact]
    public void Takes_a_type_of_an_untouched_module_for_not_run()
    {
        var module = Load(ModuleThatCountsItsInitialization());
        var type = module.GetType("Sleeper")!;
        var field = type.GetField("Cache")!;

        Assert.Null(type.TypeInitializer);
        Assert.False(s_types.IsInitialized(type));
        Assert.Null(AppContext.GetData("sleeper"));

        // The counter-proof: this is what must not happen.
        field.GetValue(null);
        Assert.Equal("woken", AppContext.GetData("sleeper"));
        Assert.True(s_types.IsInitialized(type));
    }

    private static Assembly Load(byte[] image) => AssemblyLoadContext.Default.LoadFromStream(new MemoryStream(image));

    private static byte[] ModuleThatCountsItsInitialization()
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Sleeper" + Guid.NewGuid().ToString("N")), typeof(object).Assembly);
        var module = assembly.DefineDynamicModule("Sleeper");
        var initializer = module.DefineGlobalMethod(
            ".cctor", MethodAttributes.Static | MethodAttributes.Private | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName, typeof(void), null);
        var il = initializer.GetILGenerator();
        il.Emit(OpCodes.Call, typeof(AppDomain).GetProperty(nameof(AppDomain.CurrentDomain))!.GetMethod!);
        il.Emit(OpCodes.Ldstr, "sleeper");
        il.Emit(OpCodes.Ldstr, "woken");
        il.Emit(OpCodes.Callvirt, typeof(AppDomain).GetMethod(nameof(AppDomain.SetData), [typeof(string), typeof(object)])!);
        il.Emit(OpCodes.Ret);
        module.CreateGlobalFunctions();
        var type = module.DefineType("Sleeper", TypeAttributes.Public | TypeAttributes.Class);
        type.DefineField("Cache", typeof(object), FieldAttributes.Public | FieldAttributes.Static);
        type.CreateType();

        var metadata = assembly.GenerateMetadata(out var ilStream, out var fieldData);
        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), ilStream, fieldData).Serialize(image);
        return image.ToArray();
    }

    private static class Cold
    {
        public static readonly object Value;

        static Cold() => Value = new object();
    }

    private static class Generic<T>
    {
        public static readonly List<T> Value;

        static Generic() => Value = [];
    }

    private static class Failing
    {
        public static readonly object Value;

        static Failing()
        {
            Value = new object();
            throw new InvalidOperationException();
        }
    }

    private static class Gate
    {
        public static TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static TaskCompletionSource Leave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static class Slow
    {
        public static readonly object Value;

        static Slow()
        {
            Value = new object();
            Gate.Entered.SetResult();
            Gate.Leave.Task.Wait();
        }
    }
}
