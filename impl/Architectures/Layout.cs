using Harness.Tensors;

namespace Harness.Architectures;

/// <summary>Layout shorthands over the trait that equations share.</summary>
internal static class Layout
{
    /// <summary>A tensor filled with one value, on the engine of <paramref name="like"/>.</summary>
    public static T Filled<T>(T like, double value, Shape shape)
        where T : class, ITensor<T> =>
        like.Engine.Precomputed(new Fill(value, shape))[0];

    /// <summary>Swaps the last two axes.</summary>
    public static T Transpose<T>(this T x)
        where T : class, ITensor<T>
    {
        Span<int> axes = stackalloc int[x.Shape.Rank];
        for (var i = 0; i < axes.Length; i++)
            axes[i] = i;
        (axes[^1], axes[^2]) = (axes[^2], axes[^1]);
        return T.Permute(x, axes);
    }

    /// <summary>Element <paramref name="index"/> of the first axis.</summary>
    public static T Item<T>(this T x, int index)
        where T : class, ITensor<T> =>
        T.Reshape(T.Slice(x, 0, index, 1), x.Shape[1..]);

    /// <summary>Weights of a rank as one step has them: its own where they are stacked, or those that all steps share.</summary>
    public static T Of<T>(this T weights, int index, int rank)
        where T : class, ITensor<T> =>
        weights.Shape.Rank == rank ? weights : weights.Item(index);

    /// <summary>What came before, where there is anything, and then <paramref name="next"/>: joined along axis 1.</summary>
    public static T Appended<T>(T? before, T next)
        where T : class, ITensor<T> =>
        before is null ? next : T.Concat(1, before, next);

    /// <summary>Joins tensors of one shape along a new axis.</summary>
    public static T Stack<T>(int axis, params ReadOnlySpan<T> parts)
        where T : class, ITensor<T>
    {
        var expanded = new T[parts.Length];
        for (var i = 0; i < expanded.Length; i++)
            expanded[i] = T.Expand(parts[i], axis, 1);
        return T.Concat(axis, expanded);
    }

    private sealed record Fill(double Value, Shape Shape) : IPrecomputation
    {
        public T[] Compute<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            var values = TensorAllocation.Allocate<double>("Fill", Shape);
            Array.Fill(values, Value);
            return [engine.Create(values, Shape)];
        }
    }
}
