using System.Reflection;
using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>
/// Compiles what a host's start and its first request will need, on a thread beside the app's own start. The library comes without
/// machine code; its few hundred small methods would else be compiled one by one while the app waits.
/// </summary>
/// <remarks>The objects are made in a container that nobody else sees, are never started, and are let go at once.</remarks>
internal static class WarmUp
{
    private static readonly Type[] s_onEveryRequest =
    [
        typeof(RequestStartupFilter), typeof(RequestMiddleware), typeof(ResponseSignal), typeof(ResponseObserver), typeof(ObservedStream), typeof(ObservedPipeWriter),
        typeof(RequestScopes), typeof(RequestScope), typeof(EndpointBook), typeof(EndpointFacts), typeof(BodyCopy), typeof(MediaTypes),
    ];

    private static int s_done;

    /// <param name="add">Adds the library's services.</param>
    public static void Begin(Action<IServiceCollection> add)
    {
        // On a single core there is no beside.
        if (Environment.ProcessorCount < 2 || Interlocked.Exchange(ref s_done, 1) != 0)
            return;
        try
        {
            new Thread(() => Run(add)) { IsBackground = true, Name = "Pitfalls warm-up" }.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // No thread to be had: the start compiles what it needs by itself.
        }
    }

    /// <summary>Returns why it could not be done, for a test; nobody else depends on it.</summary>
    internal static Exception? Run(Action<IServiceCollection> add)
    {
        try
        {
            var services = new ServiceCollection();
            add(services);
            // A real one would publish its instruments to the app's meter listeners.
            services.AddSingleton((PitfallMeter)RuntimeHelpers.GetUninitializedObject(typeof(PitfallMeter)));
            services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
            using var provider = services.BuildServiceProvider();
            _ = provider.GetServices<IHostedService>();
            _ = provider.GetServices<IStartupFilter>();
            foreach (var type in s_onEveryRequest)
                Prepare(type);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static void Prepare(Type type)
    {
        const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (var method in type.GetMethods(Own).Cast<MethodBase>().Concat(type.GetConstructors(Own)))
        {
            if (!method.IsAbstract && !method.ContainsGenericParameters && method.DeclaringType is { ContainsGenericParameters: false })
                RuntimeHelpers.PrepareMethod(method.MethodHandle);
        }
    }
}
