using System.Numerics;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The managed engine with its products, sums, functions and solves replaced.</summary>
internal sealed class VariedEngine<T>(Arithmetic arithmetic) : IEngine<VariedTensor<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Arithmetic Arithmetic => arithmetic;

    public VariedTensor<T> Create(ReadOnlySpan<double> values, Shape shape) =>
        new(DenseEngine<T>.Instance.Create(values, shape), this);

    public VariedTensor<T> Create(ReadOnlySpan<DoubleDouble> values, Shape shape) =>
        new(DenseEngine<T>.Instance.Create(values, shape), this);

    public VariedTensor<T> Create(T[] values, Shape shape) => Create(Array.ConvertAll(values, double.CreateTruncating), shape);
}

/// <inheritdoc cref="VariedEngine{T}"/>
internal sealed class VariedTensor<T>(DenseTensor<T> inner, VariedEngine<T> engine) : ITensor<VariedTensor<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DenseTensor<T> _inner = inner;
    private readonly VariedEngine<T> _engine = engine;

    public IEngine<VariedTensor<T>> Engine => _engine;

    public Shape Shape => _inner.Shape;

    private Arithmetic Arithmetic => _engine.Arithmetic;

    public double[] ToArray() => _inner.ToArray();

    public static VariedTensor<T> operator +(VariedTensor<T> left, VariedTensor<T> right) =>
        left.Keep(left._inner + right._inner);

    public static VariedTensor<T> operator -(VariedTensor<T> left, VariedTensor<T> right) =>
        left.Keep(left._inner - right._inner);

    public static VariedTensor<T> operator *(VariedTensor<T> left, VariedTensor<T> right) =>
        left.Keep(left._inner * right._inner);

    public static VariedTensor<T> operator /(VariedTensor<T> left, VariedTensor<T> right) =>
        left.Keep(left._inner / right._inner);

    public static VariedTensor<T> operator +(VariedTensor<T> left, DoubleDouble right) => left.Keep(left._inner + right);

    public static VariedTensor<T> operator *(VariedTensor<T> left, DoubleDouble right) => left.Keep(left._inner * right);

    public static VariedTensor<T> operator /(VariedTensor<T> left, DoubleDouble right)
    {
        var constant = DenseEngine<T>.Instance.Create([right], []).Values[0];
        return left.Map(value => left.Arithmetic.Divide(value, constant));
    }

    public static VariedTensor<T> operator -(VariedTensor<T> value) => value.Keep(-value._inner);

    public static VariedTensor<T> Exp(VariedTensor<T> x) => x.Map(T.Exp);

    public static VariedTensor<T> Log(VariedTensor<T> x) => x.Map(T.Log);

    public static VariedTensor<T> Sqrt(VariedTensor<T> x) => x.Keep(DenseTensor<T>.Sqrt(x._inner));

    public static VariedTensor<T> Tanh(VariedTensor<T> x) => x.Map(x.Arithmetic.Tanh);

    public static VariedTensor<T> Sigmoid(VariedTensor<T> x) => x.Map(x.Arithmetic.Sigmoid);

    public static VariedTensor<T> Softplus(VariedTensor<T> x) => x.Map(x.Arithmetic.Softplus);

    public static VariedTensor<T> Erf(VariedTensor<T> x) => x.Keep(DenseTensor<T>.Erf(x._inner));

    public static VariedTensor<T> Clamp(VariedTensor<T> x, DoubleDouble low, DoubleDouble high) =>
        x.Keep(DenseTensor<T>.Clamp(x._inner, low, high));

    public static VariedTensor<T> MatMul(VariedTensor<T> left, VariedTensor<T> right)
    {
        var (m, k, n) = (left.Shape[^2], left.Shape[^1], right.Shape[^1]);
        var leading = left.Shape.Rank >= right.Shape.Rank ? left.Shape[..^2] : right.Shape[..^2];
        var (a, b) = (left._inner.Values.ToArray(), Transposed(right._inner).Values.ToArray());
        var result = new T[leading.Count * m * n];
        for (var i = 0; i < result.Length; i++)
        {
            var batch = i / (m * n);
            var row = (left.Shape.Rank == 2 ? 0 : batch * m) + i / n % m;
            var column = (right.Shape.Rank == 2 ? 0 : batch * n) + i % n;
            result[i] = left.Arithmetic.Dot<T>(a.AsSpan(row * k, k), b.AsSpan(column * k, k));
        }

        return left._engine.Create(result, [.. leading, m, n]);
    }

    public static VariedTensor<T> SolvePositiveDefinite(VariedTensor<T> matrix, VariedTensor<T> rightSide)
    {
        // Equations solve with one plain matrix; the right sides of a batch become columns.
        var (n, batch, k) = (matrix.Shape[0], (int)rightSide.Shape[..^2].Count, rightSide.Shape[^1]);
        var (a, b) = (new T[n, n], new T[n, batch * k]);
        var (values, sides) = (matrix._inner.Values.ToArray(), rightSide._inner.Values.ToArray());
        for (var i = 0; i < values.Length; i++)
            a[i / n, i % n] = values[i];
        for (var i = 0; i < sides.Length; i++)
            b[i / k % n, i / (n * k) * k + i % k] = sides[i];
        var x = matrix.Arithmetic.Solve(a, b);
        for (var i = 0; i < sides.Length; i++)
            sides[i] = x[i / k % n, i / (n * k) * k + i % k];
        return matrix._engine.Create(sides, rightSide.Shape);
    }

    public static VariedTensor<T> Sum(VariedTensor<T> x, int axis)
    {
        int[] last = [.. Enumerable.Range(0, x.Shape.Rank).Where(other => other != axis), axis];
        var rows = DenseTensor<T>.Permute(x._inner, last).Values.ToArray();
        return x._engine.Create([.. rows.Chunk(x.Shape[axis]).Select(row => x.Arithmetic.Sum<T>(row))], x.Shape.Without(axis));
    }

    public static VariedTensor<T> CumulativeSum(VariedTensor<T> x) => x.Keep(DenseTensor<T>.CumulativeSum(x._inner));

    public static VariedTensor<T> Softmax(VariedTensor<T> x) => x.SoftmaxOf(_ => x.Shape[^1]);

    public static VariedTensor<T> CausalSoftmax(VariedTensor<T> x) =>
        x.SoftmaxOf(row => row % x.Shape[^2] + 1 + x.Shape[^1] - x.Shape[^2]);

    public static VariedTensor<T> KeepTopK(VariedTensor<T> x, int k) => x.Keep(DenseTensor<T>.KeepTopK(x._inner, k));

    public static VariedTensor<T> Sort(VariedTensor<T> x) => x.Keep(DenseTensor<T>.Sort(x._inner));

    public static VariedTensor<T> SearchSorted(VariedTensor<T> ascending, VariedTensor<T> values) =>
        values.Keep(DenseTensor<T>.SearchSorted(ascending._inner, values._inner));

    public static VariedTensor<T> Gather(VariedTensor<T> row, VariedTensor<T> positions) =>
        row.Keep(DenseTensor<T>.Gather(row._inner, positions._inner));

    public static VariedTensor<T> Reshape(VariedTensor<T> x, Shape shape) => x.Keep(DenseTensor<T>.Reshape(x._inner, shape));

    public static VariedTensor<T> Permute(VariedTensor<T> x, params ReadOnlySpan<int> axes) =>
        x.Keep(DenseTensor<T>.Permute(x._inner, axes));

    public static VariedTensor<T> Slice(VariedTensor<T> x, int axis, int start, int length) =>
        x.Keep(DenseTensor<T>.Slice(x._inner, axis, start, length));

    public static VariedTensor<T> Concat(int axis, params ReadOnlySpan<VariedTensor<T>> parts)
    {
        var inner = new DenseTensor<T>[parts.Length];
        for (var i = 0; i < inner.Length; i++)
            inner[i] = parts[i]._inner;
        return parts[0].Keep(DenseTensor<T>.Concat(axis, inner));
    }

    public static VariedTensor<T> Expand(VariedTensor<T> x, int axis, int extent) =>
        x.Keep(DenseTensor<T>.Expand(x._inner, axis, extent));

    private static DenseTensor<T> Transposed(DenseTensor<T> x) =>
        DenseTensor<T>.Permute(x, [.. Enumerable.Range(0, x.Shape.Rank - 2), x.Shape.Rank - 1, x.Shape.Rank - 2]);

    private VariedTensor<T> SoftmaxOf(Func<int, int> visible)
    {
        var rows = _inner.Values.ToArray().Chunk(Shape[^1]).Select((row, i) => row[..visible(i)]);
        T[] result = [.. rows.SelectMany(row => Arithmetic.Softmax<T>(row).Concat(new T[Shape[^1] - row.Length]))];
        return _engine.Create(result, Shape);
    }

    private VariedTensor<T> Map(Func<T, T> function) => _engine.Create([.. _inner.Values.ToArray().Select(function)], Shape);

    private VariedTensor<T> Keep(DenseTensor<T> result) => new(result, _engine);
}
