using Harness.Tensors.Kernels;

namespace Harness.Tensors.Dense;

/// <summary>Loops over the elements or rows of a tensor, on every core where there is enough to do.</summary>
/// <remarks>No element's or row's bits may depend on where a turn begins: then they do not depend on the number of threads either.</remarks>
internal static class ElementLoop
{
    /// <summary>Elements of one turn: a few microseconds of arithmetic, and what is read and written stays in the second-level cache.</summary>
    private const int Turn = 1 << 14;

    /// <summary>Turns from which on a second thread is worth its waking.</summary>
    private const int WorthSharing = 4;

    /// <summary>Calls <paramref name="body"/> with the first element of a turn and the one after its last.</summary>
    public static void Run(int elements, Action<int, int> body) => Rows(elements, 1, body);

    /// <summary>Calls <paramref name="body"/> with the first row of a turn and the one after its last; rows are so many elements long.</summary>
    public static void Rows(int rows, int length, Action<int, int> body)
    {
        if (rows == 0)
            return;
        var turn = Math.Max(Turn / Math.Max(length, 1), 1);
        var turns = (int)(((long)rows + turn - 1) / turn);
        if ((long)rows * length < WorthSharing * Turn || turns == 1)
            body(0, rows);
        else
            SharedLoop.Run(turns, Environment.ProcessorCount, index => body(index * turn, (int)Math.Min((index + 1L) * turn, rows)));
    }
}
