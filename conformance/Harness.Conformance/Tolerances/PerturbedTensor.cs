using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tolerances;

/// <summary>A tensor whose every operation errs as <see cref="PerturbedEngine{TInner}"/> describes.</summary>
internal sealed class PerturbedTensor<TInner>(TInner inner, PerturbedEngine<TInner> engine) : ITensor<PerturbedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    private readonly TInner _inner = inner;
    private readonly PerturbedEngine<TInner> _engine = engine;

    public IEngine<PerturbedTensor<TInner>> Engine => _engine;

    public Shape Shape => _inner.Shape;

    /// <summary>The values at the inner engine's full precision.</summary>
    public TInner Inner => _inner;

    public double[] ToArray() => _inner.ToArray();

    public static PerturbedTensor<TInner> operator +(PerturbedTensor<TInner> left, PerturbedTensor<TInner> right) =>
        left.Round(left._inner + right._inner);

    public static PerturbedTensor<TInner> operator -(PerturbedTensor<TInner> left, PerturbedTensor<TInner> right) =>
        left.Round(left._inner - right._inner);

    public static PerturbedTensor<TInner> operator *(PerturbedTensor<TInner> left, PerturbedTensor<TInner> right) =>
        left.Round(left._inner * right._inner);

    public static PerturbedTensor<TInner> operator /(PerturbedTensor<TInner> left, PerturbedTensor<TInner> right) =>
        left.Round(left._inner / right._inner);

    public static PerturbedTensor<TInner> operator +(PerturbedTensor<TInner> left, DoubleDouble right) =>
        left.Round(left._inner + left._engine.Round(right));

    public static PerturbedTensor<TInner> operator *(PerturbedTensor<TInner> left, DoubleDouble right) =>
        left.Round(left._inner * left._engine.Round(right));

    public static PerturbedTensor<TInner> operator /(PerturbedTensor<TInner> left, DoubleDouble right) =>
        left.Round(left._inner / left._engine.Round(right));

    public static PerturbedTensor<TInner> operator -(PerturbedTensor<TInner> value) => value.Keep(-value._inner);

    public static PerturbedTensor<TInner> Exp(PerturbedTensor<TInner> x) => x.Round(TInner.Exp(x._inner));

    public static PerturbedTensor<TInner> Log(PerturbedTensor<TInner> x) => x.Round(TInner.Log(x._inner));

    public static PerturbedTensor<TInner> Sqrt(PerturbedTensor<TInner> x) => x.Round(TInner.Sqrt(x._inner));

    public static PerturbedTensor<TInner> Tanh(PerturbedTensor<TInner> x) => x.Round(TInner.Tanh(x._inner));

    public static PerturbedTensor<TInner> Sigmoid(PerturbedTensor<TInner> x) => x.Round(TInner.Sigmoid(x._inner));

    public static PerturbedTensor<TInner> Softplus(PerturbedTensor<TInner> x) => x.Round(TInner.Softplus(x._inner));

    public static PerturbedTensor<TInner> Erf(PerturbedTensor<TInner> x) => x.Round(TInner.Erf(x._inner));

    public static PerturbedTensor<TInner> Clamp(PerturbedTensor<TInner> x, DoubleDouble low, DoubleDouble high) =>
        x.Keep(TInner.Clamp(x._inner, x._engine.Round(low), x._engine.Round(high)));

    /// <summary>Σ_k a_k b_k as a sum of outer products in random order.</summary>
    public static PerturbedTensor<TInner> MatMul(PerturbedTensor<TInner> left, PerturbedTensor<TInner> right)
    {
        var (rowAxis, columnAxis) = (right.Shape.Rank - 2, left.Shape.Rank - 1);
        TInner Product(int k) => left._engine.RoundPartial(
            TInner.MatMul(TInner.Slice(left._inner, columnAxis, k, 1), TInner.Slice(right._inner, rowAxis, k, 1)));

        return left.Accumulate(left.Shape[columnAxis], Product);
    }

    /// <summary>Solves accurately: the rounding that matters is in the entries of both sides, which already carry their noise.</summary>
    public static PerturbedTensor<TInner> SolvePositiveDefinite(PerturbedTensor<TInner> matrix, PerturbedTensor<TInner> rightSide) =>
        matrix.Keep(TInner.SolvePositiveDefinite(matrix._inner, rightSide._inner));

    public static PerturbedTensor<TInner> Sum(PerturbedTensor<TInner> x, int axis) =>
        x.Accumulate(x.Shape[axis], i => TInner.Reshape(TInner.Slice(x._inner, axis, i, 1), x.Shape.Without(axis)));

    public static PerturbedTensor<TInner> CumulativeSum(PerturbedTensor<TInner> x)
    {
        var last = x.Shape.Rank - 1;
        var sums = new TInner[x.Shape[last]];
        for (var i = 0; i < sums.Length; i++)
        {
            var next = TInner.Slice(x._inner, last, i, 1);
            sums[i] = i == 0 ? next : x._engine.RoundPartial(sums[i - 1] + next);
        }

        return x.Keep(x._engine.RoundTotal(TInner.Concat(last, sums)));
    }

    public static PerturbedTensor<TInner> Softmax(PerturbedTensor<TInner> x) => x.SoftmaxOverVisible(x.Shape[^1], (_, columns) => columns);

    public static PerturbedTensor<TInner> CausalSoftmax(PerturbedTensor<TInner> x)
    {
        var rows = x.Shape[^2];
        return x.SoftmaxOverVisible(x.Shape[^1], (row, columns) => row % rows + 1 + columns - rows);
    }

    public static PerturbedTensor<TInner> KeepTopK(PerturbedTensor<TInner> x, int k)
    {
        var kept = TInner.KeepTopK(x._inner, k);
        x._engine.Decisions.Add([.. kept.ToArray().Select(value => value == 0 ? 0.0 : 1.0)]);
        return x.Keep(kept);
    }

    public static PerturbedTensor<TInner> Sort(PerturbedTensor<TInner> x) => x.Keep(TInner.Sort(x._inner));

    public static PerturbedTensor<TInner> SearchSorted(PerturbedTensor<TInner> ascending, PerturbedTensor<TInner> values)
    {
        var found = TInner.SearchSorted(ascending._inner, values._inner);
        ascending._engine.Decisions.Add(found.ToArray());
        return ascending.Keep(found);
    }

    public static PerturbedTensor<TInner> Gather(PerturbedTensor<TInner> row, PerturbedTensor<TInner> positions) =>
        row.Keep(TInner.Gather(row._inner, positions._inner));

    public static PerturbedTensor<TInner> Reshape(PerturbedTensor<TInner> x, Shape shape) => x.Keep(TInner.Reshape(x._inner, shape));

    public static PerturbedTensor<TInner> Permute(PerturbedTensor<TInner> x, params ReadOnlySpan<int> axes) =>
        x.Keep(TInner.Permute(x._inner, axes));

    public static PerturbedTensor<TInner> Slice(PerturbedTensor<TInner> x, int axis, int start, int length) =>
        x.Keep(TInner.Slice(x._inner, axis, start, length));

    public static PerturbedTensor<TInner> Concat(int axis, params ReadOnlySpan<PerturbedTensor<TInner>> parts)
    {
        var inner = new TInner[parts.Length];
        for (var i = 0; i < inner.Length; i++)
            inner[i] = parts[i]._inner;
        return parts[0].Keep(TInner.Concat(axis, inner));
    }

    public static PerturbedTensor<TInner> Expand(PerturbedTensor<TInner> x, int axis, int extent) =>
        x.Keep(TInner.Expand(x._inner, axis, extent));

    private PerturbedTensor<TInner> Accumulate(int count, Func<int, TInner> term)
    {
        var order = _engine.RandomOrder(count);
        var total = term(order[0]);
        foreach (var i in order.AsSpan(1))
            total = _engine.RoundPartial(total + term(i));
        return Keep(_engine.RoundTotal(total));
    }

    /// <summary>e^(x−max) over its sum, each step with its own rounding; <paramref name="visible"/> counts a row's visible columns.</summary>
    private PerturbedTensor<TInner> SoftmaxOverVisible(int columns, Func<int, int, int> visible)
    {
        var values = _inner.ToArray();
        var shift = new double[values.Length];
        var mask = new double[values.Length];
        for (var row = 0; row < values.Length / columns; row++)
        {
            var seen = visible(row, columns);
            var maximum = values.AsSpan(row * columns, seen).ToArray().Max();
            shift.AsSpan(row * columns, columns).Fill(-maximum);
            mask.AsSpan(row * columns, seen).Fill(1);

            // What is hidden must not overflow before it is masked.
            for (var column = seen; column < columns; column++)
                shift[row * columns + column] = -values[row * columns + column];
        }

        var exponentials = Exp(this + Keep(_engine.Create(shift, Shape)._inner));
        var weights = Keep(exponentials._inner * _engine.Create(mask, Shape)._inner);
        return weights / Expand(Sum(weights, Shape.Rank - 1), Shape.Rank - 1, columns);
    }

    private PerturbedTensor<TInner> Round(TInner result) => Keep(_engine.Round(result));

    private PerturbedTensor<TInner> Keep(TInner result) => new(result, _engine);
}
