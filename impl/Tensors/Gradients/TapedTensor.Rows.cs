namespace Harness.Tensors.Gradients;

/// <content>Reductions and selections along an axis.</content>
public sealed partial class TapedTensor<TInner>
{
    /// <summary>y = Σ_i x_i: x̄_i = ȳ.</summary>
    public static TapedTensor<TInner> Sum(TapedTensor<TInner> x, int axis)
    {
        var sum = TInner.Sum(x.Inner, axis);
        var extent = x.Shape.Extents[axis];
        return x.Made(sum).From(x, g => TInner.Expand(g, axis, checked((int)extent)));
    }

    /// <summary>y_i = Σ_{j ≤ i} x_j: x̄_j = Σ_{i ≥ j} ȳ_i, as a product with a triangle of ones.</summary>
    public static TapedTensor<TInner> CumulativeSum(TapedTensor<TInner> x) =>
        x.Made(TInner.CumulativeSum(x.Inner)).From(x, static g =>
        {
            var n = g.Shape[^1];
            var triangle = new double[n * n];
            for (var i = 0; i < n; i++)
                triangle.AsSpan(i * n, i + 1).Fill(1);
            var rows = TInner.Reshape(g, [g.Shape[..^1].Count, n]);
            return TInner.Reshape(TInner.MatMul(rows, g.Engine.Create(triangle, [n, n])), g.Shape);
        });

    /// <summary>p = softmax(x): x̄ = p (p̄ − Σ p̄ p).</summary>
    public static TapedTensor<TInner> Softmax(TapedTensor<TInner> x)
    {
        var p = TInner.Softmax(x.Inner);
        return x.Made(p).From(x, [p], static (g, read) => TInner.SoftmaxGradient(g, read[0]));
    }

    /// <summary>As <see cref="Softmax"/>'s: what is hidden has p = 0, and so no gradient.</summary>
    public static TapedTensor<TInner> CausalSoftmax(TapedTensor<TInner> x)
    {
        var p = TInner.CausalSoftmax(x.Inner);
        return x.Made(p).From(x, [p], static (g, read) => TInner.SoftmaxGradient(g, read[0]));
    }

    /// <summary>y = x at the k largest, else 0: x̄ = ȳ there, else 0.</summary>
    public static TapedTensor<TInner> KeepTopK(TapedTensor<TInner> x, int k) =>
        x.Made(TInner.KeepTopK(x.Inner, k)).From(x, [x.Inner], (g, read) => TInner.KeepTopK(g, read[0], k));

    /// <summary>y = x at the k largest of <paramref name="by"/>, else 0: x̄ = ȳ there, else 0. The choice is fixed.</summary>
    public static TapedTensor<TInner> KeepTopK(TapedTensor<TInner> x, TapedTensor<TInner> by, int k) =>
        x.Made(TInner.KeepTopK(x.Inner, by.Inner, k))
            .From(x, [by.Inner], (g, read) => TInner.KeepTopK(g, read[0], k), operation: "KeepTopK by another");

    /// <summary>y_i = x_{π(i)} with the order π: x̄_{π(i)} = ȳ_i.</summary>
    public static TapedTensor<TInner> Sort(TapedTensor<TInner> x)
    {
        var sorted = x.Made(TInner.Sort(x.Inner));
        if (x.Node is null)
            return sorted;
        var extent = x.Shape[^1];
        return sorted.From(x, [TInner.SortOrder(x.Inner)], (g, read) => TInner.ScatterAdd(g, read[0], extent));
    }

    /// <summary>Positions, which do not change with small changes of the values: no gradient.</summary>
    public static TapedTensor<TInner> SortOrder(TapedTensor<TInner> x) => x.Made(TInner.SortOrder(x.Inner));

    /// <summary>Positions, which do not change with small changes of the values: no gradient.</summary>
    public static TapedTensor<TInner> SearchSorted(TapedTensor<TInner> ascending, TapedTensor<TInner> values) =>
        ascending.Made(TInner.SearchSorted(ascending.Inner, values.Inner));

    /// <summary>y_i = x_{p(i)} at positions p: x̄_j = Σ_{i: p(i) = j} ȳ_i.</summary>
    public static TapedTensor<TInner> Gather(TapedTensor<TInner> row, TapedTensor<TInner> positions)
    {
        var gathered = TInner.Gather(row.Inner, positions.Inner);
        var extent = row.Shape.Extents[^1];
        return row.Made(gathered).From(row, [positions.Inner], (g, read) => TInner.ScatterAdd(g, read[0], checked((int)extent)));
    }

    /// <summary>y_j = Σ_{i: p(i) = j} x_i at positions p: x̄_i = ȳ_{p(i)}.</summary>
    public static TapedTensor<TInner> ScatterAdd(TapedTensor<TInner> values, TapedTensor<TInner> positions, int extent) =>
        values.Made(TInner.ScatterAdd(values.Inner, positions.Inner, extent))
            .From(values, [positions.Inner], static (g, read) => TInner.Gather(g, read[0]));
}
