using System.Reflection;

namespace Pitfalls.Runtime.Tests.Support;

/// <summary>Counts what an object keeps alive, in objects and array elements: tests run side by side, so the heap tells nothing of one of them.</summary>
internal static class Reachable
{
    public static long From(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<object>([root]);
        long weight = 0;
        while (waiting.TryPop(out var next))
        {
            if (next is Type or MemberInfo or Assembly or string or Delegate || !seen.Add(next))
                continue;
            weight++;
            if (next is Array array)
            {
                weight += array.Length;
                if (!array.GetType().GetElementType()!.IsPrimitive)
                    Push(array);
                continue;
            }

            for (var type = next.GetType(); type is not null; type = type.BaseType)
            {
                foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    if (!field.FieldType.IsPrimitive && !field.FieldType.IsPointer && field.GetValue(next) is { } value && !ReferenceEquals(value, next))
                        waiting.Push(value);
                }
            }
        }

        return weight;

        void Push(Array array)
        {
            foreach (var element in array)
            {
                if (element is not null)
                    waiting.Push(element);
            }
        }
    }
}
