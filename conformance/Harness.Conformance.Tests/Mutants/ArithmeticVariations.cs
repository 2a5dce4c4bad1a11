using System.Numerics;
using Harness.Conformance.Mistakes;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

internal sealed class ReversedSums : Arithmetic
{
    public override T Sum<T>(ReadOnlySpan<T> x)
    {
        var sum = T.Zero;
        for (var i = x.Length - 1; i >= 0; i--)
            sum += x[i];
        return sum;
    }
}

internal sealed class PairwiseSums : Arithmetic
{
    public override T Sum<T>(ReadOnlySpan<T> x) =>
        x.Length switch
        {
            0 => T.Zero,
            1 => x[0],
            2 => x[0] + x[1],
            3 => x[0] + (x[1] + x[2]),
            4 => x[0] + x[1] + (x[2] + x[3]),
            _ => Sum(x[..(x.Length / 2)]) + Sum(x[(x.Length / 2)..]),
        };
}

/// <summary>Four running sums, as a vector unit has them.</summary>
internal sealed class InterleavedSums : Arithmetic
{
    public override T Sum<T>(ReadOnlySpan<T> x)
    {
        Span<T> lanes = [T.Zero, T.Zero, T.Zero, T.Zero];
        for (var i = 0; i < x.Length; i++)
            lanes[i % 4] += x[i];
        return lanes[0] + lanes[2] + (lanes[1] + lanes[3]);
    }
}

/// <summary>Blocks of eight products, each added up by itself and then to the accumulator, as tensor cores do.</summary>
internal sealed class BlockedSums : Arithmetic
{
    public override T Sum<T>(ReadOnlySpan<T> x)
    {
        var sum = T.Zero;
        for (; x.Length > 8; x = x[8..])
            sum += base.Sum(x[..8]);
        return sum + base.Sum(x);
    }
}

internal sealed class FusedMultiplyAdd : Arithmetic
{
    public override T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        var sum = T.Zero;
        for (var i = 0; i < a.Length; i++)
            sum = T.FusedMultiplyAdd(a[i], b[i], sum);
        return sum;
    }
}

internal sealed class WideSums : Arithmetic
{
    public override T Sum<T>(ReadOnlySpan<T> x)
    {
        var sum = 0.0;
        foreach (var value in x)
            sum += double.CreateTruncating(value);
        return T.CreateTruncating(sum);
    }

    public override T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += double.CreateTruncating(a[i]) * double.CreateTruncating(b[i]);
        return T.CreateTruncating(sum);
    }
}

/// <summary>e^(x − logsumexp x).</summary>
internal sealed class LogSumExpSoftmax : Arithmetic
{
    public override T[] Softmax<T>(ReadOnlySpan<T> row)
    {
        var maximum = row[0];
        foreach (var value in row)
            maximum = T.Max(maximum, value);
        var exponentials = new T[row.Length];
        for (var i = 0; i < row.Length; i++)
            exponentials[i] = T.Exp(row[i] - maximum);
        var logSum = T.Log(Sum<T>(exponentials));
        for (var i = 0; i < row.Length; i++)
            exponentials[i] = T.Exp(row[i] - maximum - logSum);
        return exponentials;
    }
}

/// <summary>e^(x − logsumexp x), the logarithm one number, as kernels save it.</summary>
internal sealed class SavedLogSumExp : Arithmetic
{
    public override T[] Softmax<T>(ReadOnlySpan<T> row)
    {
        var maximum = row[0];
        foreach (var value in row)
            maximum = T.Max(maximum, value);
        var result = new T[row.Length];
        for (var i = 0; i < row.Length; i++)
            result[i] = T.Exp(row[i] - maximum);
        var saved = maximum + T.Log(Sum<T>(result));
        for (var i = 0; i < row.Length; i++)
            result[i] = T.Exp(row[i] - saved);
        return result;
    }
}

/// <summary>One pass that corrects the sum whenever the maximum grows, as streaming kernels do.</summary>
internal sealed class OnlineSoftmax : Arithmetic
{
    public override T[] Softmax<T>(ReadOnlySpan<T> row)
    {
        var (maximum, sum) = (row[0], T.Zero);
        foreach (var value in row)
        {
            var grown = T.Max(maximum, value);
            sum = sum * T.Exp(maximum - grown) + T.Exp(value - grown);
            maximum = grown;
        }

        var result = new T[row.Length];
        for (var i = 0; i < row.Length; i++)
            result[i] = T.Exp(row[i] - maximum) / sum;
        return result;
    }
}

internal sealed class BranchedSigmoid : Arithmetic
{
    public override T Sigmoid<T>(T x) => T.Exp(-T.Abs(x)) is var e && x < T.Zero ? e / (T.One + e) : T.One / (T.One + e);
}

/// <summary>log(e^0 + e^x) by way of the larger of the two.</summary>
internal sealed class SoftplusByLogAddExp : Arithmetic
{
    public override T Softplus<T>(T x) => x > T.Zero ? x + Logarithm.Log1p(T.Exp(-x)) : Logarithm.Log1p(T.Exp(x));
}

internal sealed class TanhByExponential : Arithmetic
{
    // (1 − e^-2|x|)/(1 + e^-2|x|) cancels near 0, where the series takes over.
    public override T Tanh<T>(T x)
    {
        var magnitude = T.Abs(x);
        if (magnitude < T.CreateTruncating(0.5))
            return T.Tanh(x);
        var e = T.Exp(-(magnitude + magnitude));
        return T.CopySign((T.One - e) / (T.One + e), x);
    }
}

internal sealed class ReciprocalMultiplication : Arithmetic
{
    public override T Divide<T>(T left, T constant) => left * (T.One / constant);
}

internal sealed class LuSolve : Arithmetic
{
    public override T[,] Solve<T>(T[,] a, T[,] b) =>
        Converted<double, T>(LinearAlgebra.LuSolve(Converted<T, double>(a), Converted<T, double>(b)));
}

internal sealed class NativeCholeskySolve : Arithmetic
{
    public override T[,] Solve<T>(T[,] a, T[,] b) => LinearAlgebra.CholeskySolve(a, b);
}

internal sealed class NativeLuSolve : Arithmetic
{
    public override T[,] Solve<T>(T[,] a, T[,] b) => LinearAlgebra.LuSolve(a, b);
}
