using System.Runtime.CompilerServices;

namespace Harness.Tensors.Dense;

/// <summary>Arrays that no tensor needs any more, for tensors of the same size.</summary>
/// <remarks>
/// A layer's steps ask for the same sizes again and again, so that only an array of exactly the size is a match. A sequence whose
/// sizes grow leaves arrays behind that nobody will ask for: the ones that have waited longest are dropped first.
/// </remarks>
internal static class StoragePool<TNumber>
    where TNumber : unmanaged
{
    // A step of the published ∞-former (sorting: 6 heads, 1024 tokens, 1024 functions) makes about 20 tensors of 25 MB in float32.
    private const long MostBytes = 1L << 30;
    private const int MostArrays = 1024;

    private static readonly Lock Gate = new();
    private static readonly List<TNumber[]> Waiting = [];
    private static long WaitingBytes;

    /// <summary>A waiting array with as many elements as the shape, the one returned last; null if there is none.</summary>
    public static TNumber[]? Rent(Shape shape)
    {
        // As the waiting arrays have it: a shape too large for 64 bits finds none, and is refused where it is allocated.
        var length = 1.0;
        foreach (var extent in shape.Extents)
            length *= extent;
        lock (Gate)
        {
            for (var i = Waiting.Count - 1; i >= 0; i--)
            {
                if (Waiting[i].Length != length)
                    continue;
                var found = Waiting[i];
                Waiting.RemoveAt(i);
                WaitingBytes -= Bytes(found);
                return found;
            }
        }

        return null;
    }

    public static void Return(TNumber[] values)
    {
        lock (Gate)
        {
            Waiting.Add(values);
            WaitingBytes += Bytes(values);
            var dropped = 0;
            for (; WaitingBytes > MostBytes || Waiting.Count - dropped > MostArrays; dropped++)
                WaitingBytes -= Bytes(Waiting[dropped]);
            Waiting.RemoveRange(0, dropped);
        }
    }

    private static long Bytes(TNumber[] values) => (long)values.Length * Unsafe.SizeOf<TNumber>();
}
