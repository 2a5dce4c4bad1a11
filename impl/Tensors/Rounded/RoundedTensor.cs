using Harness.Tensors.Numerics;

namespace Harness.Tensors.Rounded;

/// <summary>
/// A decorator that rounds the result of every operation to a narrower format: emulates bfloat16 and float16 hardware over any engine.
/// </summary>
/// <remarks>
/// Inside one operation the inner engine's precision holds, as on real hardware, where 16-bit products accumulate in float32.
/// Operations that only move or select values round nothing.
/// </remarks>
/// <typeparam name="TInner">The tensor that computes.</typeparam>
public sealed class RoundedTensor<TInner> : ITensor<RoundedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    private readonly TInner _inner;
    private readonly RoundedEngine<TInner> _engine;

    internal RoundedTensor(TInner inner, RoundedEngine<TInner> engine)
    {
        _inner = inner;
        _engine = engine;
    }

    /// <inheritdoc/>
    public IEngine<RoundedTensor<TInner>> Engine => _engine;

    /// <inheritdoc/>
    public Shape Shape => _inner.Shape;

    /// <inheritdoc/>
    public double[] ToArray() => _inner.ToArray();

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator +(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Round(left._inner + right._inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator -(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Round(left._inner - right._inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator *(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Round(left._inner * right._inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator /(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Round(left._inner / right._inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator +(RoundedTensor<TInner> left, DoubleDouble right) =>
        left.Round(left._inner + left._engine.Round(right));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator *(RoundedTensor<TInner> left, DoubleDouble right) =>
        left.Round(left._inner * left._engine.Round(right));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator /(RoundedTensor<TInner> left, DoubleDouble right) =>
        left.Round(left._inner / left._engine.Round(right));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> operator -(RoundedTensor<TInner> value) => value.Keep(-value._inner);

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Exp(RoundedTensor<TInner> x) => x.Round(TInner.Exp(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Log(RoundedTensor<TInner> x) => x.Round(TInner.Log(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sqrt(RoundedTensor<TInner> x) => x.Round(TInner.Sqrt(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Tanh(RoundedTensor<TInner> x) => x.Round(TInner.Tanh(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sigmoid(RoundedTensor<TInner> x) => x.Round(TInner.Sigmoid(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Softplus(RoundedTensor<TInner> x) => x.Round(TInner.Softplus(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Erf(RoundedTensor<TInner> x) => x.Round(TInner.Erf(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Clamp(RoundedTensor<TInner> x, DoubleDouble low, DoubleDouble high) =>
        x.Keep(TInner.Clamp(x._inner, x._engine.Round(low), x._engine.Round(high)));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> MatMul(RoundedTensor<TInner> left, RoundedTensor<TInner> right) =>
        left.Round(TInner.MatMul(left._inner, right._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> SolvePositiveDefinite(RoundedTensor<TInner> matrix, RoundedTensor<TInner> rightSide) =>
        matrix.Round(TInner.SolvePositiveDefinite(matrix._inner, rightSide._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sum(RoundedTensor<TInner> x, int axis) => x.Round(TInner.Sum(x._inner, axis));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> CumulativeSum(RoundedTensor<TInner> x) => x.Round(TInner.CumulativeSum(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Softmax(RoundedTensor<TInner> x) => x.Round(TInner.Softmax(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> CausalSoftmax(RoundedTensor<TInner> x) => x.Round(TInner.CausalSoftmax(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> KeepTopK(RoundedTensor<TInner> x, int k) => x.Keep(TInner.KeepTopK(x._inner, k));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Sort(RoundedTensor<TInner> x) => x.Keep(TInner.Sort(x._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> SearchSorted(RoundedTensor<TInner> ascending, RoundedTensor<TInner> values) =>
        ascending.Keep(TInner.SearchSorted(ascending._inner, values._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Gather(RoundedTensor<TInner> row, RoundedTensor<TInner> positions) =>
        row.Keep(TInner.Gather(row._inner, positions._inner));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Reshape(RoundedTensor<TInner> x, Shape shape) => x.Keep(TInner.Reshape(x._inner, shape));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Permute(RoundedTensor<TInner> x, params ReadOnlySpan<int> axes) =>
        x.Keep(TInner.Permute(x._inner, axes));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Slice(RoundedTensor<TInner> x, int axis, int start, int length) =>
        x.Keep(TInner.Slice(x._inner, axis, start, length));

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Concat(int axis, params ReadOnlySpan<RoundedTensor<TInner>> parts)
    {
        var inner = new TInner[parts.Length];
        for (var i = 0; i < inner.Length; i++)
            inner[i] = parts[i]._inner;
        var joined = TInner.Concat(axis, inner);
        return parts[0].Keep(joined);
    }

    /// <inheritdoc/>
    public static RoundedTensor<TInner> Expand(RoundedTensor<TInner> x, int axis, int extent) =>
        x.Keep(TInner.Expand(x._inner, axis, extent));

    private RoundedTensor<TInner> Round(TInner result) => _engine.Round(result);

    private RoundedTensor<TInner> Keep(TInner result) => new(result, _engine);
}
