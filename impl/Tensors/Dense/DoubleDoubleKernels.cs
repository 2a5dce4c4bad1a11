using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

/// <summary>About 106 bits, in plain loops: the reference of freshly drawn inputs, where accuracy matters and sizes are small.</summary>
internal sealed class DoubleDoubleKernels : ElementKernels<DoubleDouble>
{
    public override DoubleDouble FromDouble(double value) => value;

    public override DoubleDouble FromDoubleDouble(DoubleDouble value) => value;

    public override double ToDouble(DoubleDouble value) => (double)value;

    public override int Compare(DoubleDouble left, DoubleDouble right) => left.CompareTo(right);

    public override void Add(ReadOnlySpan<DoubleDouble> left, ReadOnlySpan<DoubleDouble> right, Span<DoubleDouble> result)
    {
        for (var i = 0; i < left.Length; i++)
            result[i] = left[i] + right[i];
    }

    public override void Add(ReadOnlySpan<DoubleDouble> left, DoubleDouble right, Span<DoubleDouble> result)
    {
        for (var i = 0; i < left.Length; i++)
            result[i] = left[i] + right;
    }

    public override void Subtract(ReadOnlySpan<DoubleDouble> left, ReadOnlySpan<DoubleDouble> right, Span<DoubleDouble> result)
    {
        for (var i = 0; i < left.Length; i++)
            result[i] = left[i] - right[i];
    }

    public override void Multiply(ReadOnlySpan<DoubleDouble> left, ReadOnlySpan<DoubleDouble> right, Span<DoubleDouble> result)
    {
        for (var i = 0; i < left.Length; i++)
            result[i] = left[i] * right[i];
    }

    public override void Multiply(ReadOnlySpan<DoubleDouble> left, DoubleDouble right, Span<DoubleDouble> result)
    {
        for (var i = 0; i < left.Length; i++)
            result[i] = left[i] * right;
    }

    public override void Divide(ReadOnlySpan<DoubleDouble> left, ReadOnlySpan<DoubleDouble> right, Span<DoubleDouble> result)
    {
        for (var i = 0; i < left.Length; i++)
            result[i] = left[i] / right[i];
    }

    public override void Divide(ReadOnlySpan<DoubleDouble> left, DoubleDouble right, Span<DoubleDouble> result)
    {
        for (var i = 0; i < left.Length; i++)
            result[i] = left[i] / right;
    }

    public override void Apply(UnaryFunction function, ReadOnlySpan<DoubleDouble> x, Span<DoubleDouble> result)
    {
        for (var i = 0; i < x.Length; i++)
        {
            result[i] = function switch
            {
                UnaryFunction.Negate => -x[i],
                UnaryFunction.Exp => DoubleDouble.Exp(x[i]),
                UnaryFunction.Log => DoubleDouble.Log(x[i]),
                UnaryFunction.Sqrt => DoubleDouble.Sqrt(x[i]),
                UnaryFunction.Tanh => DoubleDouble.Tanh(x[i]),
                UnaryFunction.Sigmoid => DoubleDouble.Sigmoid(x[i]),
                UnaryFunction.Softplus => DoubleDouble.Softplus(x[i]),
                UnaryFunction.Erf => DoubleDouble.Erf(x[i]),
                _ => throw new ArgumentOutOfRangeException(nameof(function), function, "unknown function"),
            };
        }
    }

    public override void Clamp(ReadOnlySpan<DoubleDouble> x, DoubleDouble low, DoubleDouble high, Span<DoubleDouble> result)
    {
        for (var i = 0; i < x.Length; i++)
            result[i] = x[i] < low ? low : x[i] > high ? high : x[i];
    }

    public override void KeepWithin(
        ReadOnlySpan<DoubleDouble> x, ReadOnlySpan<DoubleDouble> by, DoubleDouble low, DoubleDouble high, Span<DoubleDouble> result)
    {
        for (var i = 0; i < x.Length; i++)
            result[i] = by[i] < low || by[i] > high ? 0 : x[i];
    }

    public override void NormalDensity(
        ReadOnlySpan<DoubleDouble> deviation, ReadOnlySpan<DoubleDouble> variance, Span<DoubleDouble> result)
    {
        for (var i = 0; i < deviation.Length; i++)
        {
            var exponent = -(deviation[i] * deviation[i] / (variance[i] * 2));
            result[i] = DoubleDouble.Exp(exponent) / DoubleDouble.Sqrt(variance[i] * (2 * DoubleDouble.Pi));
        }
    }

    public override void DeviationGradient(
        ReadOnlySpan<DoubleDouble> gradient, ReadOnlySpan<DoubleDouble> density, ReadOnlySpan<DoubleDouble> deviation,
        ReadOnlySpan<DoubleDouble> variance, Span<DoubleDouble> result)
    {
        for (var i = 0; i < result.Length; i++)
            result[i] = -(gradient[i] * density[i] * deviation[i] / variance[i]);
    }

    public override void VarianceGradient(
        ReadOnlySpan<DoubleDouble> gradient, ReadOnlySpan<DoubleDouble> density, ReadOnlySpan<DoubleDouble> deviation,
        ReadOnlySpan<DoubleDouble> variance, Span<DoubleDouble> result)
    {
        for (var i = 0; i < result.Length; i++)
            result[i] = gradient[i] * density[i] * (deviation[i] * deviation[i] / variance[i] - 1) / (variance[i] * 2);
    }

    public override DoubleDouble Sum(ReadOnlySpan<DoubleDouble> x)
    {
        DoubleDouble sum = 0;
        foreach (var value in x)
            sum += value;
        return sum;
    }

    public override void Softmax(ReadOnlySpan<DoubleDouble> row, Span<DoubleDouble> result)
    {
        var maximum = row[0];
        foreach (var value in row)
            maximum = DoubleDouble.Max(maximum, value);
        for (var i = 0; i < row.Length; i++)
            result[i] = DoubleDouble.Exp(row[i] - maximum);
        Divide(result, Sum(result), result);
    }

    public override void SoftmaxGradient(ReadOnlySpan<DoubleDouble> gradient, ReadOnlySpan<DoubleDouble> p, Span<DoubleDouble> result)
    {
        DoubleDouble mean = 0;
        for (var i = 0; i < p.Length; i++)
            mean += gradient[i] * p[i];
        for (var i = 0; i < p.Length; i++)
            result[i] = p[i] * (gradient[i] - mean);
    }

    public override void MatMul(
        in MatrixBatch<DoubleDouble> left, in MatrixBatch<DoubleDouble> right, DoubleDouble[] result, int m, int k, int n)
    {
        for (var batch = 0; batch < left.Offsets.Length; batch++)
        {
            for (var row = 0; row < m; row++)
            {
                for (var column = 0; column < n; column++)
                {
                    DoubleDouble sum = 0;
                    var a = left.Offsets[batch] + row * left.RowStride;
                    var b = right.Offsets[batch] + column * right.ColumnStride;
                    for (var i = 0; i < k; i++, a += left.ColumnStride, b += right.RowStride)
                        sum += left.Store[a] * right.Store[b];
                    result[(batch * m + row) * n + column] = sum;
                }
            }
        }
    }

    /// <summary>Cholesky factorisation, then forward and back substitution, row by row.</summary>
    public override void SolvePositiveDefinite(ReadOnlySpan<DoubleDouble> matrix, Span<DoubleDouble> rightSide, int n, int k)
    {
        var factor = matrix.ToArray();
        for (var j = 0; j < n; j++)
        {
            for (var i = j; i < n; i++)
            {
                var sum = factor[i * n + j];
                for (var c = 0; c < j; c++)
                    sum -= factor[i * n + c] * factor[j * n + c];
                if (i > j)
                    factor[i * n + j] = sum / factor[j * n + j];
                else if (sum > 0)
                    factor[j * n + j] = DoubleDouble.Sqrt(sum);
                else
                    throw new NotPositiveDefiniteException(j, n, (double)sum);
            }
        }

        for (var i = 0; i < n; i++)
            SubstituteRow(factor, rightSide, n, k, i, 0, i, rowOfFactor: true);
        for (var i = n - 1; i >= 0; i--)
            SubstituteRow(factor, rightSide, n, k, i, i + 1, n, rowOfFactor: false);
    }

    // Row i of the solution from the rows already solved: with row i of the factor going down, with its column i coming back up.
    private static void SubstituteRow(
        DoubleDouble[] factor, Span<DoubleDouble> solution, int n, int k, int i, int from, int to, bool rowOfFactor)
    {
        var row = solution.Slice(i * k, k);
        for (var c = from; c < to; c++)
        {
            var weight = rowOfFactor ? factor[i * n + c] : factor[c * n + i];
            for (var column = 0; column < k; column++)
                row[column] -= weight * solution[c * k + column];
        }

        for (var column = 0; column < k; column++)
            row[column] /= factor[i * n + i];
    }
}
