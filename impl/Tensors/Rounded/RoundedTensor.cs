using Harness.Tensors.Numerics;

namespace Harness.Tensors.Rounded;

/// <summary>Another engine's tensor, whose operations are those of a <see cref="RoundingEngine{TInner}"/>.</summary>
/// <typeparam name="TInner">The tensor that computes.</typeparam>
public sealed class RoundedTensor<TInner> : ITensor<RoundedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    private readonly RoundingEngine<TInner> _engine;

    internal RoundedTensor(TInner inner, RoundingEngine<TInner> engine)
    {
        Inner = inner;
        _engine = engine;
    }

    /// <inheritdoc/>
    public IEngine<RoundedTensor<TInner>> Engine => _engine;

    /// <inheritdoc/>
    public Shape Shape => Inner.Shape;

    /// <summary>The values, in the inner engine's precision.</summary>
    public TInner Inner { get; }

    /// <inheritdoc/>
    public double[] ToArray() => Inner.ToArray();

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator +(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Rounded(left.Inner + right.Inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator -(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Rounded(left.Inner - right.Inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator *(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Rounded(left.Inner * right.Inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator /(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Rounded(left.Inner / right.Inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator +(RoundedTensor<TInner> left, DoubleDouble right) =>
        left.Rounded(left.Inner + left._engine.Round(right));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator *(RoundedTensor<TInner> left, DoubleDouble right) =>
        left.Rounded(left.Inner * left._engine.Round(right));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator /(RoundedTensor<TInner> left, DoubleDouble right) =>
        left.With(left._engine.Divide(left.Inner, right));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator -(RoundedTensor<TInner> value) => value.With(-value.Inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Exp(RoundedTensor<TInner> x) => x.With(x._engine.Exp(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Log(RoundedTensor<TInner> x) => x.With(x._engine.Log(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sqrt(RoundedTensor<TInner> x) => x.Rounded(TInner.Sqrt(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Tanh(RoundedTensor<TInner> x) => x.With(x._engine.Tanh(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sigmoid(RoundedTensor<TInner> x) => x.With(x._engine.Sigmoid(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Softplus(RoundedTensor<TInner> x) => x.With(x._engine.Softplus(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Erf(RoundedTensor<TInner> x) => x.Rounded(TInner.Erf(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Clamp(RoundedTensor<TInner> x, DoubleDouble low, DoubleDouble high) =>
        x.With(TInner.Clamp(x.Inner, x._engine.Round(low), x._engine.Round(high)));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> MatMul(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.With(left._engine.MatMul(left.Inner, right.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> SolvePositiveDefinite(RoundedTensor<TInner> matrix, RoundedTensor<TInner> rightSide) =>
        matrix.With(matrix._engine.SolvePositiveDefinite(matrix.Inner, rightSide.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sum(RoundedTensor<TInner> x, int axis) => x.With(x._engine.Sum(x.Inner, axis));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> CumulativeSum(RoundedTensor<TInner> x) => x.With(x._engine.CumulativeSum(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Softmax(RoundedTensor<TInner> x) => x.With(x._engine.Softmax(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> CausalSoftmax(RoundedTensor<TInner> x) => x.With(x._engine.CausalSoftmax(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> KeepTopK(RoundedTensor<TInner> x, int k) => x.With(x._engine.KeepTopK(x.Inner, k));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> KeepTopK(RoundedTensor<TInner> x, RoundedTensor<TInner> by, int k) =>
        x.With(TInner.KeepTopK(x.Inner, by.Inner, k));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> KeepWithin(
        RoundedTensor<TInner> x, RoundedTensor<TInner> by, DoubleDouble low, DoubleDouble high) =>
        x.With(x._engine.KeepWithin(x.Inner, by.Inner, x._engine.Round(low), x._engine.Round(high)));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sort(RoundedTensor<TInner> x) => x.With(TInner.Sort(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> SortOrder(RoundedTensor<TInner> x) => x.With(x._engine.SortOrder(x.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> SearchSorted(RoundedTensor<TInner> ascending, RoundedTensor<TInner> values) =>
        ascending.With(ascending._engine.SearchSorted(ascending.Inner, values.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Gather(RoundedTensor<TInner> row, RoundedTensor<TInner> positions) =>
        row.With(TInner.Gather(row.Inner, positions.Inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> ScatterAdd(RoundedTensor<TInner> values, RoundedTensor<TInner> positions, int extent) =>
        values.With(values._engine.ScatterAdd(values.Inner, positions.Inner, extent));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Reshape(RoundedTensor<TInner> x, Shape shape) => x.With(TInner.Reshape(x.Inner, shape));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Permute(RoundedTensor<TInner> x, params ReadOnlySpan<int> axes) =>
        x.With(TInner.Permute(x.Inner, axes));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Slice(RoundedTensor<TInner> x, int axis, int start, int length) =>
        x.With(TInner.Slice(x.Inner, axis, start, length));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Concat(int axis, params ReadOnlySpan<RoundedTensor<TInner>> parts)
    {
        var inner = new TInner[parts.Length];
        for (var i = 0; i < inner.Length; i++)
            inner[i] = parts[i].Inner;
        var joined = TInner.Concat(axis, inner);
        return parts[0].With(joined);
    }

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Expand(RoundedTensor<TInner> x, int axis, int extent) =>
        x.With(TInner.Expand(x.Inner, axis, extent));

    private RoundedTensor<TInner> Rounded(TInner result) => With(_engine.Round(result));

    private RoundedTensor<TInner> With(TInner result) => new(result, _engine);
}
