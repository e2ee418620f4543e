using System.Runtime.CompilerServices;

namespace Pitfalls.Runtime.ReleaseApp;

/// <summary>Shared collections in optimised code, where little is left of the calls on the stack.</summary>
public static class Collections
{
    public static List<int> Enumerated { get; } = [1, 2, 3];

    public static Dictionary<int, int> Filled { get; } = new() { [1] = 1 };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static string Each()
    {
        try
        {
            var sum = Filled.Count;
            foreach (var i in Enumerated)
            {
                sum += i;
                Enumerated.Add(sum);
            }

            return "";
        }
        catch (InvalidOperationException)
        {
            return "caught";
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static string Query()
    {
        try
        {
            return Filled.Where(f => Filled.TryAdd(f.Key + 1, Enumerated.Count)).Sum(f => f.Value) + "";
        }
        catch (InvalidOperationException)
        {
            return "caught";
        }
    }
}
