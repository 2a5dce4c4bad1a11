using System.Numerics;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The managed engine with its products, sums, functions and solves replaced.</summary>
internal sealed class VariedEngine<T>(Arithmetic arithmetic) : RoundingEngine<DenseTensor<T>>(DenseEngine<T>.Instance)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override double RoundingError(double size) =>
        arithmetic.RoundingError(size, (typeof(T) == typeof(float) ? FloatFormat.Float32 : FloatFormat.Float64).UnitRoundoff);

    protected override DenseTensor<T> Exp(DenseTensor<T> x) => Map(x, T.Exp);

    protected override DenseTensor<T> Log(DenseTensor<T> x) => Map(x, T.Log);

    protected override DenseTensor<T> Tanh(DenseTensor<T> x) => Map(x, arithmetic.Tanh);

    protected override DenseTensor<T> Sigmoid(DenseTensor<T> x) => Map(x, arithmetic.Sigmoid);

    protected override DenseTensor<T> Softplus(DenseTensor<T> x) => Map(x, arithmetic.Softplus);

    protected override DenseTensor<T> Divide(DenseTensor<T> left, DoubleDouble right)
    {
        var constant = Inner.Create([right], []).Values[0];
        return Map(left, value => arithmetic.Divide(value, constant));
    }

    protected override DenseTensor<T> MatMul(DenseTensor<T> left, DenseTensor<T> right)
    {
        var (m, k, n) = (left.Shape[^2], left.Shape[^1], right.Shape[^1]);
        var leading = left.Shape.Rank >= right.Shape.Rank ? left.Shape[..^2] : right.Shape[..^2];
        var (a, b) = (left.Values.ToArray(), Transposed(right).Values.ToArray());
        var result = new T[leading.Count * m * n];
        for (var i = 0; i < result.Length; i++)
        {
            var batch = i / (m * n);
            var row = (left.Shape.Rank == 2 ? 0 : batch * m) + i / n % m;
            var column = (right.Shape.Rank == 2 ? 0 : batch * n) + i % n;
            result[i] = arithmetic.Dot<T>(a.AsSpan(row * k, k), b.AsSpan(column * k, k));
        }

        return Created(result, [.. leading, m, n]);
    }

    protected override DenseTensor<T> SolvePositiveDefinite(DenseTensor<T> matrix, DenseTensor<T> rightSide)
    {
        // Equations solve with one plain matrix; the right sides of a batch become columns.
        var (n, batch, k) = (matrix.Shape[0], (int)rightSide.Shape[..^2].Count, rightSide.Shape[^1]);
        var (a, b) = (new T[n, n], new T[n, batch * k]);
        var (values, sides) = (matrix.Values.ToArray(), rightSide.Values.ToArray());
        for (var i = 0; i < values.Length; i++)
            a[i / n, i % n] = values[i];
        for (var i = 0; i < sides.Length; i++)
            b[i / k % n, i / (n * k) * k + i % k] = sides[i];
        var x = arithmetic.Solve(a, b);
        for (var i = 0; i < sides.Length; i++)
            sides[i] = x[i / k % n, i / (n * k) * k + i % k];
        return Created(sides, rightSide.Shape);
    }

    protected override DenseTensor<T> Sum(DenseTensor<T> x, int axis)
    {
        int[] last = [.. Enumerable.Range(0, x.Shape.Rank).Where(other => other != axis), axis];
        var rows = DenseTensor<T>.Permute(x, last).Values.ToArray();
        return Created([.. rows.Chunk(x.Shape[axis]).Select(row => arithmetic.Sum<T>(row))], x.Shape.Without(axis));
    }

    protected override DenseTensor<T> Softmax(DenseTensor<T> x) => SoftmaxOf(x, _ => x.Shape[^1]);

    protected override DenseTensor<T> CausalSoftmax(DenseTensor<T> x) =>
        SoftmaxOf(x, row => row % x.Shape[^2] + 1 + x.Shape[^1] - x.Shape[^2]);

    private static DenseTensor<T> Transposed(DenseTensor<T> x) =>
        DenseTensor<T>.Permute(x, [.. Enumerable.Range(0, x.Shape.Rank - 2), x.Shape.Rank - 1, x.Shape.Rank - 2]);

    private DenseTensor<T> SoftmaxOf(DenseTensor<T> x, Func<int, int> visible)
    {
        var rows = x.Values.ToArray().Chunk(x.Shape[^1]).Select((row, i) => row[..visible(i)]);
        return Created([.. rows.SelectMany(row => arithmetic.Softmax<T>(row).Concat(new T[x.Shape[^1] - row.Length]))], x.Shape);
    }

    private DenseTensor<T> Map(DenseTensor<T> x, Func<T, T> function) => Created([.. x.Values.ToArray().Select(function)], x.Shape);

    private DenseTensor<T> Created(T[] values, Shape shape) => Inner.Create(Array.ConvertAll(values, double.CreateTruncating), shape);
}
