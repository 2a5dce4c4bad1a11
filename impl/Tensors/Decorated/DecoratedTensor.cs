using Harness.Tensors.Numerics;

namespace Harness.Tensors.Decorated;

/// <summary>Another engine's tensor, whose operations are those of a <see cref="DecoratingEngine{TInner}"/>.</summary>
/// <typeparam name="TInner">The tensor that computes.</typeparam>
public sealed class DecoratedTensor<TInner> : ITensor<DecoratedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    private readonly DecoratingEngine<TInner> _engine;

    internal DecoratedTensor(TInner inner, DecoratingEngine<TInner> engine)
    {
        Inner = inner;
        _engine = engine;
    }

    /// <inheritdoc/>
    public IEngine<DecoratedTensor<TInner>> Engine => _engine;

    /// <inheritdoc/>
    public Shape Shape => Inner.Shape;

    /// <summary>The values, in the inner engine's precision.</summary>
    public TInner Inner { get; }

    /// <inheritdoc/>
    public double[] ToArray() => Inner.ToArray();

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator +(DecoratedTensor<TInner> left, DecoratedTensor<TInner> right) =>
        left.Rounded(left.Inner + right.Inner);

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator -(DecoratedTensor<TInner> left, DecoratedTensor<TInner> right) =>
        left.Rounded(left.Inner - right.Inner);

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator *(DecoratedTensor<TInner> left, DecoratedTensor<TInner> right) =>
        left.Rounded(left.Inner * right.Inner);

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator /(DecoratedTensor<TInner> left, DecoratedTensor<TInner> right) =>
        left.Rounded(left.Inner / right.Inner);

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator +(DecoratedTensor<TInner> left, DoubleDouble right) =>
        left.Rounded(left.Inner + left._engine.Round(right));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator *(DecoratedTensor<TInner> left, DoubleDouble right) =>
        left.Rounded(left.Inner * left._engine.Round(right));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator /(DecoratedTensor<TInner> left, DoubleDouble right) =>
        left.With(left._engine.Divide(left.Inner, right));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> operator -(DecoratedTensor<TInner> value) => value.With(-value.Inner);

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Exp(DecoratedTensor<TInner> x) => x.With(x._engine.Exp(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Log(DecoratedTensor<TInner> x) => x.With(x._engine.Log(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Sqrt(DecoratedTensor<TInner> x) => x.Rounded(TInner.Sqrt(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Tanh(DecoratedTensor<TInner> x) => x.With(x._engine.Tanh(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Sigmoid(DecoratedTensor<TInner> x) => x.With(x._engine.Sigmoid(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Softplus(DecoratedTensor<TInner> x) => x.With(x._engine.Softplus(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Erf(DecoratedTensor<TInner> x) => x.Rounded(TInner.Erf(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Clamp(DecoratedTensor<TInner> x, DoubleDouble low, DoubleDouble high) =>
        x.With(TInner.Clamp(x.Inner, x._engine.Round(low), x._engine.Round(high)));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> MatMul(DecoratedTensor<TInner> left, DecoratedTensor<TInner> right) =>
        left.With(left._engine.MatMul(left.Inner, right.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> SolvePositiveDefinite(DecoratedTensor<TInner> matrix, DecoratedTensor<TInner> rightSide) =>
        matrix.With(matrix._engine.SolvePositiveDefinite(matrix.Inner, rightSide.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Sum(DecoratedTensor<TInner> x, int axis) => x.With(x._engine.Sum(x.Inner, axis));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> CumulativeSum(DecoratedTensor<TInner> x) => x.With(x._engine.CumulativeSum(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Softmax(DecoratedTensor<TInner> x) => x.With(x._engine.Softmax(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> CausalSoftmax(DecoratedTensor<TInner> x) => x.With(x._engine.CausalSoftmax(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> KeepTopK(DecoratedTensor<TInner> x, int k) => x.With(x._engine.KeepTopK(x.Inner, k));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> KeepTopK(DecoratedTensor<TInner> x, DecoratedTensor<TInner> by, int k) =>
        x.With(TInner.KeepTopK(x.Inner, by.Inner, k));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> KeepWithin(
        DecoratedTensor<TInner> x, DecoratedTensor<TInner> by, DoubleDouble low, DoubleDouble high) =>
        x.With(x._engine.KeepWithin(x.Inner, by.Inner, x._engine.Round(low), x._engine.Round(high)));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Sort(DecoratedTensor<TInner> x) => x.With(TInner.Sort(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> SortOrder(DecoratedTensor<TInner> x) => x.With(x._engine.SortOrder(x.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> SearchSorted(DecoratedTensor<TInner> ascending, DecoratedTensor<TInner> values) =>
        ascending.With(ascending._engine.SearchSorted(ascending.Inner, values.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Gather(DecoratedTensor<TInner> row, DecoratedTensor<TInner> positions) =>
        row.With(TInner.Gather(row.Inner, positions.Inner));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> ScatterAdd(DecoratedTensor<TInner> values, DecoratedTensor<TInner> positions, int extent) =>
        values.With(values._engine.ScatterAdd(values.Inner, positions.Inner, extent));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Reshape(DecoratedTensor<TInner> x, Shape shape) => x.With(TInner.Reshape(x.Inner, shape));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Permute(DecoratedTensor<TInner> x, params ReadOnlySpan<int> axes) =>
        x.With(TInner.Permute(x.Inner, axes));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Slice(DecoratedTensor<TInner> x, int axis, int start, int length) =>
        x.With(TInner.Slice(x.Inner, axis, start, length));

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Concat(int axis, params ReadOnlySpan<DecoratedTensor<TInner>> parts)
    {
        var inner = new TInner[parts.Length];
        for (var i = 0; i < inner.Length; i++)
            inner[i] = parts[i].Inner;
        var joined = TInner.Concat(axis, inner);
        return parts[0].With(joined);
    }

    /// <inheritdoc/>
    public static DecoratedTensor<TInner> Expand(DecoratedTensor<TInner> x, int axis, int extent) =>
        x.With(TInner.Expand(x.Inner, axis, extent));

    private DecoratedTensor<TInner> Rounded(TInner result) => With(_engine.Round(result));

    private DecoratedTensor<TInner> With(TInner result) => new(result, _engine);
}
