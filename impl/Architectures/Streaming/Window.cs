using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>A cache of bounded length: the newest entries stay.</summary>
internal static class Window
{
    /// <summary>Lets the oldest <paramref name="count"/> of entries [B,P,d] go.</summary>
    /// <returns>What left and what stays, each absent where that is nothing.</returns>
    public static (T? Left, T? Kept) Split<T>(T entries, int count)
        where T : class, ITensor<T>
    {
        var length = entries.Shape[1];
        return (
            count == 0 ? null : T.Slice(entries, 1, 0, count),
            count == length ? null : T.Slice(entries, 1, count, length - count));
    }

    /// <summary>How many entries are too many.</summary>
    public static int Excess<T>(T entries, int capacity)
        where T : class, ITensor<T> =>
        Math.Max(entries.Shape[1] - capacity, 0);
}
