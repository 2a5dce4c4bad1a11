using System.Numerics;
using System.Runtime.CompilerServices;

namespace Harness.Tensors.Dense;

/// <summary>Arrays that no tensor needs any more, for tensors of about the same size.</summary>
/// <remarks>
/// <para>A layer's steps ask for the same sizes again and again, or for slightly larger ones where a cache grows. So lengths are rounded up,
/// by an eighth at most, and only an array of exactly the rounded length is a match.</para>
/// <para>What sizes left behind that nobody will ask for again is dropped, the longest waiting first, as soon as it and what a step has taken
/// come to more than the largest step took. So a step finds all of its arrays again, however large it is, and the pool makes no process
/// larger than its largest step does.</para>
/// </remarks>
internal static class StoragePool<TNumber>
    where TNumber : unmanaged
{
    // So that small steps of several threads do not drop each other's arrays.
    private const long AlwaysWelcomeBytes = 1L << 28;
    // A backward pass over a hundred segments holds tens of thousands, and gives them all back.
    private const int MostArrays = 1 << 16;

    private static readonly Lock Gate = new();

    // The longest waiting first: all of them, and those of every length.
    private static readonly LinkedList<TNumber[]> Waiting = [];
    private static readonly Dictionary<int, LinkedList<LinkedListNode<TNumber[]>>> WaitingOfLength = [];
    private static long WaitingBytes;
    private static long LargestStepBytes = AlwaysWelcomeBytes;

    /// <summary>An array for the elements of a tensor: the one of its rounded length that was returned last, or a new one.</summary>
    /// <param name="operation">What makes the tensor.</param>
    /// <param name="result">Its shape.</param>
    /// <param name="operands">What it is made from.</param>
    /// <param name="taken">The bytes that the step has already: others make way for a new array.</param>
    /// <exception cref="TensorMemoryException">There is not enough memory, or there are more elements than an array holds.</exception>
    public static TNumber[] Rent(string operation, Shape result, ReadOnlySpan<Shape> operands, long taken)
    {
        var length = RoundedLength(result);
        lock (Gate)
        {
            if (WaitingOfLength.TryGetValue(length, out var alike) && alike.Last is { Value: var newest })
            {
                alike.RemoveLast();
                Waiting.Remove(newest);
                WaitingBytes -= Bytes(newest.Value);
                return newest.Value;
            }

            Drop(LargestStepBytes - taken - (long)length * Unsafe.SizeOf<TNumber>());
        }

        return TensorAllocation.Allocate<TNumber>(length, operation, result, operands);
    }

    /// <summary>Takes back an array that no tensor needs any more.</summary>
    public static void Return(TNumber[] values)
    {
        lock (Gate)
        {
            if (!WaitingOfLength.TryGetValue(values.Length, out var alike))
                WaitingOfLength[values.Length] = alike = [];
            alike.AddLast(Waiting.AddLast(values));
            WaitingBytes += Bytes(values);
            Drop(long.MaxValue);
        }
    }

    /// <summary>A step has returned what it took and did not keep.</summary>
    /// <param name="taken">The bytes that it had at its end, with those of the steps around it.</param>
    /// <param name="around">Those alone.</param>
    public static void EndStep(long taken, long around)
    {
        lock (Gate)
        {
            LargestStepBytes = Math.Max(LargestStepBytes, taken);
            Drop(LargestStepBytes - around);
        }
    }

    /// <summary>Drops all that waits.</summary>
    public static void Empty()
    {
        lock (Gate)
            Drop(0);
    }

    /// <summary>How large an array is.</summary>
    public static long Bytes(TNumber[] values) => (long)values.Length * Unsafe.SizeOf<TNumber>();

    // Four binary digits of the length, rounded up. Where there are more elements than an array holds, the allocation will say so.
    private static int RoundedLength(Shape shape)
    {
        var length = 1.0;
        foreach (var extent in shape.Extents)
            length *= extent;
        if (length >= Array.MaxLength)
            return Array.MaxLength;
        var unit = 1L << Math.Max(BitOperations.Log2((uint)length) - 3, 0);
        return (int)Math.Min(((long)length + unit - 1) / unit * unit, Array.MaxLength);
    }

    private static void Drop(long mostBytes)
    {
        while (Waiting.First is { Value: var oldest } && (WaitingBytes > mostBytes || Waiting.Count > MostArrays))
        {
            WaitingOfLength[oldest.Length].RemoveFirst();
            Waiting.RemoveFirst();
            WaitingBytes -= Bytes(oldest);
        }
    }
}
