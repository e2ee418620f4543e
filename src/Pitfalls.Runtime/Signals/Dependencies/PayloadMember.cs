using System.Reflection;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>
/// A property of another library's event, read through a delegate that is made once for each type of event: no reference to that library, no
/// boxing, nothing allocated per read. A property that is not there, or has another type in another version, reads as the default.
/// </summary>
internal sealed class PayloadMember<T>(string name)
{
    // Immutable and replaced whole: a reader sees the old pair or the new one.
    private volatile Getter? _getter;

    public T? Read(object payload)
    {
        var getter = _getter;
        if (getter is null || getter.Owner != payload.GetType())
            _getter = getter = Getter.For(payload.GetType(), name);
        return getter.Get(payload);
    }

    private abstract class Getter(Type owner)
    {
        public Type Owner { get; } = owner;

        public static Getter For(Type owner, string name)
        {
            var property = owner.GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
            if (property?.GetMethod is not { } get || !IsReadable(property.PropertyType))
                return new Absent(owner);
            var type = typeof(Of<>).MakeGenericType(typeof(T), get.DeclaringType!);
            return (Getter)Activator.CreateInstance(type, owner, get)!;
        }

        public abstract T? Get(object payload);

        // An enum reads as the number it is made of.
        private static bool IsReadable(Type type) =>
            typeof(T).IsAssignableFrom(type) && (!type.IsValueType || type == typeof(T)) || (type.IsEnum && Enum.GetUnderlyingType(type) == typeof(T));
    }

    private sealed class Absent(Type owner) : Getter(owner)
    {
        public override T? Get(object payload) => default;
    }

    private sealed class Of<TOwner>(Type owner, MethodInfo get) : Getter(owner)
        where TOwner : class
    {
        private readonly Func<TOwner, T> _get = get.CreateDelegate<Func<TOwner, T>>();

        public override T? Get(object payload) => _get((TOwner)payload);
    }
}
