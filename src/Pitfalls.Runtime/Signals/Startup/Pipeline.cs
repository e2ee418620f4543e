using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Builder.Extensions;
using Microsoft.AspNetCore.Http;

namespace Pitfalls.Runtime.Signals.Startup;

/// <summary>
/// The middleware that stands in the pipeline: found by following delegates and their closures from the one behind ours, field by field.
/// Nothing is called.
/// </summary>
internal sealed class Pipeline
{
    private const int MaxObjects = 5_000;

    private RequestDelegate? _first;

    /// <summary>What our own middleware calls next.</summary>
    public void StartsWith(RequestDelegate first) => _first = first;

    /// <summary>The objects of the pipeline: instances of middleware, and closures.</summary>
    public IReadOnlyList<object> Read()
    {
        var found = new List<object>();
        if (_first is null)
            return found;
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>();
        Push(_first);
        while (open.Count > 0 && seen.Count < MaxObjects)
        {
            var current = open.Pop();
            if (current is Delegate or IEnumerable)
                continue;
            found.Add(current);
            var isClosure = current.GetType().IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
            foreach (var field in FieldsOf(current.GetType()))
            {
                if (field.GetValue(current) is { } value && (value is Delegate or MapOptions or MapWhenOptions || (isClosure && LeadsOn(value.GetType()))))
                    Push(value);
            }
        }

        return found;

        void Push(object value)
        {
            if (value is not Delegate delegates)
            {
                if (seen.Add(value))
                    open.Push(value);
                return;
            }

            foreach (var one in delegates.GetInvocationList())
            {
                if (one.Target is { } target && seen.Add(target))
                    open.Push(target);
            }
        }
    }

    /// <summary>A closure may hold anything; only what holds delegates itself can be a middleware.</summary>
    private static bool LeadsOn(Type type) => !type.IsValueType && FieldsOf(type).Any(f => typeof(Delegate).IsAssignableFrom(f.FieldType));

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (var declaring = type; declaring is not null && declaring != typeof(object); declaring = declaring.BaseType)
        {
            foreach (var field in declaring.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (!field.FieldType.IsValueType && !field.FieldType.IsPointer)
                    yield return field;
            }
        }
    }
}
